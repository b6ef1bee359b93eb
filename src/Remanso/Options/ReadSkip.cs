namespace Remanso;

/// <summary>Steps that one read leaves out.</summary>
[Flags]
public enum ReadSkip
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>The near cache is not asked.</summary>
    NearRead = 1,

    /// <summary>The near cache does not keep the answer.</summary>
    NearWrite = 2,

    /// <summary>The tier's copy is not served: the key is loaded again. What is dirty is served nevertheless, no load
    /// can know it.</summary>
    TierRead = 4,

    /// <summary>A loaded value is not put into the tier.</summary>
    TierWrite = 8,

    /// <summary>Nothing is loaded: what the cache does not have is absent.</summary>
    Load = 16,
}
