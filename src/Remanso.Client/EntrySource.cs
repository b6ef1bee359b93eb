namespace Remanso.Client;

/// <summary>Where a read looks.</summary>
public enum EntrySource
{
    /// <summary>In the cache, and in the database where the cache has nothing.</summary>
    CacheThenStore,

    /// <summary>In the cache alone.</summary>
    Cache,

    /// <summary>In the database alone, as it is now; nothing is cached.</summary>
    Store,
}
