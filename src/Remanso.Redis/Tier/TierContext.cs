using Microsoft.Extensions.Logging;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

/// <summary>What the parts of a tier share.</summary>
internal sealed class TierContext
{
    public TierContext(string cache, TierOptions options, RedisCalls calls, TimeProvider time, ILogger logger)
    {
        Keys = new CacheKeys(cache, options.Partitions);
        Calls = calls;
        Time = time;
        Logger = logger;
        Clock = new ServerClock(time);
        Dirty = new DirtyView(options, time);
        Signals = new TierSignals();
        LeaseMilliseconds = Micros.Milliseconds(options.FillLease);
        NoteMilliseconds = Micros.Milliseconds(options.IdempotencyRetention);
        BatchPerPartition = ShareOf(options);
        KeepsVersions = options.KeepsVersions;
    }

    public CacheKeys Keys { get; }

    public RedisCalls Calls { get; }

    public TimeProvider Time { get; }

    public ILogger Logger { get; }

    public ServerClock Clock { get; }

    public DirtyView Dirty { get; }

    public TierSignals Signals { get; }

    /// <summary>Whether what is overwritten before it is stored is kept.</summary>
    public bool KeepsVersions { get; }

    /// <summary>How long a fill lease lives.</summary>
    public long LeaseMilliseconds { get; }

    /// <summary>For how long a write with an identity is noted.</summary>
    public long NoteMilliseconds { get; }

    /// <summary>
    /// How many queued markers of one partition make a flush worthwhile. No server sees more than its partitions, so each counts for itself; twice the fair
    /// share, as keys never spread evenly and the first to be full speaks for all.
    /// </summary>
    public int BatchPerPartition { get; }

    private static int ShareOf(TierOptions options)
    {
        var share = (options.FlushBatchSize + options.Partitions - 1) / options.Partitions;
        return Math.Min(options.FlushBatchSize, 2 * share);
    }
}
