namespace Remanso.Client;

/// <summary>What is true when a write returns, from weak to strong.</summary>
public enum WriteDurability
{
    /// <summary>The tier holds it, and all readers see it.</summary>
    Accepted,

    /// <summary>Replicas of the tier hold it.</summary>
    Replicated,

    /// <summary>It survives a crash of the tier.</summary>
    Logged,

    /// <summary>The database committed this version or a later one.</summary>
    Stored,
}
