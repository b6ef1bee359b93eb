using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Remanso.Entries;
using Remanso.Redis.Resp;
using Remanso.Redis.Scripts;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

// A hit is one plain command, the entry and the partition's state (for its epoch) together. Only what was no hit runs
// ReadScript, which judges by the server's clock and takes the lease: a miss costs a second round trip, small against
// the load that follows it. So does a hit on an entry with tags that is older than the partition's last removal: the
// script looks which tags were removed, and notes in the entry that it outlived them, or that it is stale since one of
// them, or all, were expired. And so does one on a dirty entry that has returned after Redis forgot.
//
// A server that takes no writes for now (its disk is full, its replicas are away) runs no such script. What the plain
// command found is the answer then, without a lease.

/// <summary>Reads, and the fill leases that misses take.</summary>
internal sealed class ReadStep(TierContext tier)
{
    private readonly HighestTokens _tokens = new(tier.Keys.Partitions.Length);

    private static readonly ReplyParser<Found> _entryParser = static (ref reply) =>
    {
        reply.ReadArrayHeader();
        if (reply.TryReadNull())
        {
            return default;
        }

        var bytes = reply.ReadBytes();
        if (EntryLayout.IsSpoilt(bytes))
        {
            return default;
        }

        if (reply.TryReadNull())
        {
            return new(EntryLayout.Read(bytes), EntryLayout.Epoch(bytes) == 0, IsInDoubt: false, Epoch: 0, Token: 0);
        }

        var state = reply.ReadBytes();
        var hasReturned = EntryLayout.IsDirty(bytes) && PartitionState.HasReturned(state, EntryLayout.Epoch(bytes));
        var entry = EntryLayout.Read(bytes, hasReturned);
        var epoch = EntryLayout.Epoch(bytes);
        var current = PartitionState.Epoch(state);
        var isOfThisEpoch = epoch == current;
        var isInDoubt =
            !entry.IsDirty
            && (EntryLayout.IsInDoubt(bytes, PartitionState.Removed(state)) || (!isOfThisEpoch && PartitionState.IsExpired(state, epoch)));
        return new(entry, isOfThisEpoch, isInDoubt, current, PartitionState.Token(state));
    };

    /// <summary>Reads one key.</summary>
    public ValueTask<TierRead> ReadAsync(string key, long holder, CancellationToken cancellationToken) =>
        tier.Calls.RunAsync(
            static (client, read, token) => read.Step.ReadOnceAsync(client, read.Key, read.Holder, token),
            (Step: this, Key: key, Holder: holder),
            cancellationToken
        );

    /// <summary>Reads many keys.</summary>
    public async ValueTask<IReadOnlyList<Attempt<TierRead>>> ReadManyAsync(
        IReadOnlyList<string> keys,
        long holder,
        CancellationToken cancellationToken
    ) =>
        await tier
            .Calls.RunEachAsync(
                [.. keys.Select(key => (Step: this, Key: key, Holder: holder))],
                static (client, read, token) => read.Step.ReadOnceAsync(client, read.Key, read.Holder, token),
                cancellationToken
            )
            .ConfigureAwait(false);

    /// <summary>Takes a lease without a miss.</summary>
    public async ValueTask<long> TryLeaseAsync(string key, long holder, CancellationToken cancellationToken)
    {
        try
        {
            return await tier
                .Calls.RunAsync(
                    static (client, lease, token) =>
                        LeaseScript.RunAsync(
                            client,
                            lease.Tier.Keys.Of(lease.Key),
                            lease.Key,
                            lease.Holder,
                            lease.Tier.LeaseMilliseconds,
                            token
                        ),
                    (Tier: tier, Key: key, Holder: holder),
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch (TierUnavailableException exception) when (exception.RefusesWrites)
        {
            return 0;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TierRead> ReadOnceAsync(IRedisClient client, string key, long holder, CancellationToken cancellationToken)
    {
        var partition = tier.Keys.Of(key);
        var sent = _tokens.Of(partition.Index);
        var found = await client
            .ExecuteAsync(RedisRoute.FirstKey, _entryParser, cancellationToken, "MGET", partition.EntryOf(key), partition.State)
            .ConfigureAwait(false);
        if (found.Entry is not null && _tokens.WentBack(partition.Index, sent, found.Epoch, found.Token))
        {
            // What is there is from before: it is looked at again by its new epoch, once for all that were under way.
            if (_tokens.IsYetToVoid(partition.Index, sent))
            {
                await tier.Servers.VoidAsync(tier.Keys, partition, cancellationToken).ConfigureAwait(false);
                _tokens.Forget(partition.Index);
            }

            return await ReadOnceAsync(client, key, holder, cancellationToken).ConfigureAwait(false);
        }

        var read = Judge(found, tier.Clock.Now);
        if (!found.IsInDoubt && (read.Outcome == TierReadOutcome.Hit || holder == 0))
        {
            return read;
        }

        try
        {
            return await ReadScript
                .RunAsync(client, partition, key, holder, tier.LeaseMilliseconds, cancellationToken)
                .ConfigureAwait(false);
        }
        catch (RedisServerException exception) when (exception.RefusesWrites)
        {
            return (found.IsInDoubt ? default : read) with { Lease = holder == 0 ? 0 : TierRead.NoLeases };
        }
    }

    /// <summary>What a reader gets of an entry.</summary>
    private static TierRead Judge(Found found, long now)
    {
        if (found.Entry is not { } entry)
        {
            return default;
        }

        if (entry.HasReturned)
        {
            // Its row may be newer: it is loaded first.
            return entry.IsExpiredAt(now) ? default : new(TierReadOutcome.Stale, entry, 0);
        }

        if (entry.IsDirty)
        {
            // The store has yet to hear of the value; for readers its lifetime is over.
            return new(TierReadOutcome.Hit, entry.IsExpiredAt(now) ? EntryLayout.AsTombstone(entry) : entry, 0);
        }

        return !found.IsOfThisEpoch ? default
            : now < entry.FreshUntil ? new(TierReadOutcome.Hit, entry, 0)
            : now < entry.StaleUntil ? new(TierReadOutcome.Stale, entry, 0)
            : default;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Found(CacheEntry? Entry, bool IsOfThisEpoch, bool IsInDoubt, long Epoch, long Token);
}
