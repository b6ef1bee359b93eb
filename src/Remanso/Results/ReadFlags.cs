namespace Remanso;

/// <summary>How the answer to a read came about.</summary>
[Flags]
public enum ReadFlags
{
    /// <summary>The key is absent, and this caller's own look found that out.</summary>
    None = 0,

    /// <summary>The key has a value.</summary>
    Found = 1,

    /// <summary>This caller joined a load that another one began.</summary>
    Joined = 2,

    /// <summary>The value is past its TTL.</summary>
    Stale = 4,

    /// <summary>The answer was filled into the tier by this read.</summary>
    Filled = 8,

    /// <summary>With <see cref="Stale"/>: the load took longer than the soft time-out, and goes on.</summary>
    Slow = 16,

    /// <summary>With <see cref="Stale"/>: nothing was loaded, for the key's last load had just failed.</summary>
    BackedOff = 32,

    /// <summary>Of one of many keys: it could not be read, the others could. See <see cref="ReadResult{TValue}.Error"/>.</summary>
    Failed = 64,
}
