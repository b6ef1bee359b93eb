namespace Remanso.AspNetCore.Security;

/// <summary>What a caller may do with a cache.</summary>
[Flags]
public enum RemansoScopes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Read entries, one or many at a time.</summary>
    Read = 1,

    /// <summary>Write, merge and delete entries, and wait for a write's durability.</summary>
    Write = 2,

    /// <summary>Flush, invalidate, preload, list keys, and handle dead letters.</summary>
    Operate = 4,

    /// <summary>See statistics, metrics and what health lacks.</summary>
    Observe = 8,

    /// <summary>Everything.</summary>
    All = Read | Write | Operate | Observe,
}
