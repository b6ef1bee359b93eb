namespace Remanso;

/// <summary>What an update does to its key.</summary>
public enum UpdateKind
{
    /// <summary>Nothing: what is there stays.</summary>
    Keep,

    /// <summary>It writes a value.</summary>
    Set,

    /// <summary>It deletes the key; nothing, where the key is absent.</summary>
    Delete,
}
