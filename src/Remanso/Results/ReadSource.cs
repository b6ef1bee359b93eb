namespace Remanso;

/// <summary>Where the answer to a read came from.</summary>
public enum ReadSource
{
    /// <summary>The near cache of this process.</summary>
    Near,

    /// <summary>The tier.</summary>
    Tier,

    /// <summary>The backing store, or the caller's loader.</summary>
    Store,
}
