using Remanso.Redis.Resp;
using Remanso.Redis.Tier;
using Remanso.Tiers;

namespace Remanso.Redis.Scripts;

/// <summary>Reads a key that was missed, and takes its fill lease in the same step.</summary>
internal static class ReadScript
{
    private static readonly RedisScript _script = ScriptText.Load("fate", "note-lease", "read", "take-lease");

    private static readonly ReplyParser<TierRead> _parser = static (ref reply) =>
    {
        if (reply.Type == RespType.Integer)
        {
            return new(TierReadOutcome.Miss, null, reply.ReadInt64());
        }

        reply.ReadArrayHeader();
        var lease = reply.ReadInt64();
        var bytes = reply.ReadBytes();
        // A dirty one is none of the hits only where it has returned.
        var entry = EntryLayout.Read(bytes, hasReturned: lease >= 0 && EntryLayout.IsDirty(bytes));
        return lease switch
        {
            -1 => new(TierReadOutcome.Hit, entry, 0),
            -2 => new(TierReadOutcome.Hit, EntryLayout.AsTombstone(entry), 0),
            _ => new(TierReadOutcome.Stale, entry, lease),
        };
    };

    /// <param name="client">The client.</param>
    /// <param name="partition">The key's partition.</param>
    /// <param name="key">The key.</param>
    /// <param name="holder">Who wants the fill lease; 0 for nobody.</param>
    /// <param name="leaseMilliseconds">How long the lease runs.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public static ValueTask<TierRead> RunAsync(
        IRedisClient client,
        PartitionKeys partition,
        string key,
        long holder,
        long leaseMilliseconds,
        CancellationToken cancellationToken
    ) =>
        client.EvalAsync(
            _script,
            _parser,
            [partition.EntryOf(key), partition.LeaseOf(key), partition.State, partition.Removals],
            [holder, leaseMilliseconds],
            cancellationToken
        );
}
