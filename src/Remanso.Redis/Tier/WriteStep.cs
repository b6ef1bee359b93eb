using System.Runtime.CompilerServices;
using Remanso.Redis.Resp;
using Remanso.Redis.Scripts;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

/// <summary>Writes and deletes, under the limits to what may be dirty.</summary>
internal sealed class WriteStep(TierContext tier, Func<CancellationToken, Task> refreshDirty)
{
    // A refusal by older knowledge than this is checked once.
    private static readonly TimeSpan _surelyFull = TimeSpan.FromMilliseconds(20);

    /// <summary>Writes one key.</summary>
    /// <exception cref="ValueTooLargeException">The entry exceeds the limits even if nothing else were dirty.</exception>
    public ValueTask<TierWriteResult> WriteAsync(in TierWrite write, CancellationToken cancellationToken)
    {
        if (write.CleanTtl is null) tier.Dirty.ThrowIfNeverFits(write);
        RefreshIfDue();
        return tier.Calls.RunAsync(
            static (client, item, token) => item.Step.WriteOnceAsync(client, item.Write, token), (Step: this, Write: write), cancellationToken);
    }

    /// <summary>Writes many keys.</summary>
    /// <exception cref="ValueTooLargeException">An entry exceeds the limits even if nothing else were dirty.</exception>
    public async ValueTask<IReadOnlyList<TierWriteResult>> WriteManyAsync(IReadOnlyList<TierWrite> writes, CancellationToken cancellationToken)
    {
        foreach (var write in writes)
        {
            if (write.CleanTtl is null) tier.Dirty.ThrowIfNeverFits(write);
        }

        RefreshIfDue();
        return await tier.Calls.RunAllAsync(
            [.. writes.Select(write => (Step: this, Write: write))],
            static (client, item, token) => item.Step.WriteOnceAsync(client, item.Write, token),
            cancellationToken).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TierWriteResult> WriteOnceAsync(IRedisClient client, TierWrite write, CancellationToken cancellationToken)
    {
        var reply = await SendAsync(client, write, cancellationToken).ConfigureAwait(false);
        if (reply.Outcome == TierWriteOutcome.Full && tier.Dirty.Age > _surelyFull)
        {
            await refreshDirty(cancellationToken).ConfigureAwait(false);
            reply = await SendAsync(client, write, cancellationToken).ConfigureAwait(false);
        }

        return new(reply.Outcome, reply.Version, reply.Outcome == TierWriteOutcome.Full ? tier.Dirty.RetryAfter : default);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<WriteReply> SendAsync(IRedisClient client, TierWrite write, CancellationToken cancellationToken)
    {
        var partition = tier.Keys.Of(write.Key);
        var room = tier.Dirty.RoomFor(partition.Index);
        var reply = await WriteScript.RunAsync(client, partition, write, room, tier.BatchPerPartition, writes: 1, cancellationToken).ConfigureAwait(false);
        tier.Dirty.Note(partition.Index, reply.Dirty);
        return reply;
    }

    private void RefreshIfDue()
    {
        if (tier.Keys.Partitions.Length > 1 && tier.Dirty.IsRefreshDue(DirtyView.RefreshEvery)) _ = refreshDirty(CancellationToken.None);
    }
}
