namespace Remanso;

/// <summary>Where a read looks.</summary>
public enum ReadFrom
{
    /// <summary>The tier, then the backing store: read-through.</summary>
    TierThenStore,

    /// <summary>The tier alone.</summary>
    Tier,

    /// <summary>The backing store alone: what is in the database now; nothing is cached. Of a cache without one, also
    /// one with a loader of its own, nothing.</summary>
    Store,
}
