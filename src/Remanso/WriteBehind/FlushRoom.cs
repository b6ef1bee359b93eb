using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>How near to its limits what is dirty in a cache is, and how much time that leaves to a flush.</summary>
internal sealed class FlushRoom(ICacheTier tier, CacheOptions options)
{
    /// <summary>After how many intervals an entry should be stored: it waits for one, and is saved within the next.</summary>
    private const int Leisure = 2;

    private TimeSpan HalfAge => (options.Tier.MaxDirtyAge ?? TimeSpan.MaxValue) / 2;

    /// <summary>Whether it has reached half of a limit: were nothing flushed, writes would soon be refused.</summary>
    /// <param name="dirty">What is dirty.</param>
    public bool IsHalfFull(DirtySummary dirty) =>
        dirty.Entries >= options.Tier.MaxDirtyEntries / 2
        || dirty.Bytes >= options.Tier.DirtyBytesLimit / 2
        || tier.Fill >= 0.5
        || dirty.OldestAge >= HalfAge;

    /// <summary>For how long a pass that begins now is in time. A flush that keeps up is through in less; the entries that
    /// a longer one comes to have grown old meanwhile, and others have come.</summary>
    /// <param name="dirty">What is dirty.</param>
    /// <returns>Zero where it is late, or writes may be refused before long.</returns>
    public TimeSpan TimeLeft(DirtySummary dirty)
    {
        var leisure = options.Flush.Interval * Leisure;
        return dirty.OldestAge > leisure || IsHalfFull(dirty) ? TimeSpan.Zero
            : leisure < HalfAge ? leisure
            : HalfAge;
    }
}
