using Microsoft.Extensions.Logging;
using Remanso.Common;
using Remanso.Redis.Resp;
using Remanso.Redis.Watch;
using Remanso.Telemetry;

namespace Remanso.Redis.Tier;

/// <summary>What the parts of a tier share.</summary>
internal sealed class TierContext
{
    // Its holder renews it several times in that time; a reader behind a dead one waits so long at most.
    private const long LongestLeaseMilliseconds = 3000;

    private long _vanished;

    public TierContext(string cache, TierOptions options, RedisConnection connection)
    {
        var time = connection.Time;
        Keys = new CacheKeys(connection.Prefix, cache, options.Partitions);
        Calls = new RedisCalls(connection.Client, time);
        Time = time;
        Logger = connection.Logger;
        Servers = connection.Servers;
        Patience = new WritePatience(time, connection.Timeout);
        Bounds = new ReplyBounds(connection.MaxReplyBytes);
        Clock = new ServerClock(time);
        Dirty = new DirtyView(options, time);
        Agreement = new Agreement(Keys, options, Calls, Dirty, Logger);
        Signals = new TierSignals(problem => Logger.ChannelRefused(cache, problem));
        LoadMilliseconds = Micros.Milliseconds(options.FillLease);
        LeaseMilliseconds = Math.Min(LoadMilliseconds, LongestLeaseMilliseconds);
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

    /// <summary>How long writes wait for their turn while the server is away.</summary>
    public WritePatience Patience { get; }

    /// <summary>How much a flush asks for in one reply.</summary>
    public ReplyBounds Bounds { get; }

    /// <summary>The partitions that this process can't flush.</summary>
    public PartitionFaults Faults { get; } = new();

    /// <summary>What is known of the servers.</summary>
    public ServerWatch Servers { get; }

    /// <summary>What all processes must agree on.</summary>
    public Agreement Agreement { get; }

    /// <summary>How long a load may hold its fill lease.</summary>
    public long LoadMilliseconds { get; }

    /// <summary>How long a fill lease lives unless its holder renews it.</summary>
    public long LeaseMilliseconds { get; }

    /// <summary>For how long a write with an identity is noted.</summary>
    public long NoteMilliseconds { get; }

    /// <summary>How many queued markers of one partition make a flush worthwhile. No server sees more than its
    /// partitions, so each counts for itself; twice the fair share, as keys never spread evenly and the first to be
    /// full speaks for all.</summary>
    public int BatchPerPartition { get; }

    /// <summary>How many dirty entries were found to be gone, since this process started.</summary>
    public long Vanished => Interlocked.Read(ref _vanished);

    /// <summary>Counts and tells that dirty entries are gone.</summary>
    /// <param name="count">How many; none where it is not above 0.</param>
    /// <param name="keys">Keys that are among them, perhaps.</param>
    public void NoteVanished(long count, IReadOnlyList<string> keys)
    {
        if (count <= 0)
        {
            return;
        }

        Interlocked.Add(ref _vanished, count);
        Logger.DirtyEntriesVanished(
            Keys.Cache,
            count,
            keys.Count == 0 ? "-" : string.Join(", ", keys.Take(10).Select(HashedKey.FromString))
        );
    }

    /// <summary>Counts and tells that partitions are gone with what was dirty in them.</summary>
    /// <param name="count">How many entries, at most.</param>
    /// <param name="partitions">How many partitions.</param>
    public void NoteGone(long count, int partitions)
    {
        Interlocked.Add(ref _vanished, count);
        Logger.PartitionsGone(Keys.Cache, partitions, count);
    }

    /// <summary>Asks whoever flushes a partition to do it now, here or in another process. Best effort: the interval ends in
    /// any case.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="isUrgent">Whether somebody waits for it.</param>
    public void WantFlush(PartitionKeys partition, bool isUrgent) =>
        Calls
            .RunAsync(
                static (client, wish, token) =>
                    client.ExecuteAsync(RedisRoute.FirstKey, Replies.Int64, token, "SPUBLISH", wish.Channel, wish.Signal),
                (partition.Channel, Signal: isUrgent ? "u" : "w"),
                CancellationToken.None
            )
            .AsTask()
            .Forget();

    private static int ShareOf(TierOptions options)
    {
        var share = (options.FlushBatchSize + options.Partitions - 1) / options.Partitions;
        return Math.Min(options.FlushBatchSize, 2 * share);
    }
}
