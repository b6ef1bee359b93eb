namespace Remanso.Client;

/// <summary>How a read was answered.</summary>
public enum EntryOutcome
{
    /// <summary>From the cache.</summary>
    Hit,

    /// <summary>Loaded from the database.</summary>
    Loaded,

    /// <summary>From the cache, past its TTL: the database failed or is slow, the tier is down, or the reader takes that.</summary>
    Stale,

    /// <summary>The key has no value.</summary>
    Absent,

    /// <summary>The cache has no copy that the reader takes, and the database was not to be asked.</summary>
    NotCached,

    /// <summary>The key still has the version that the reader has (<see cref="EntryReadOptions.UnlessVersion"/>); the
    /// value was not sent.</summary>
    NotModified,
}
