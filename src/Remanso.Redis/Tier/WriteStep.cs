using System.Runtime.CompilerServices;
using Remanso.Redis.Resp;
using Remanso.Redis.Scripts;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

/// <summary>Writes and deletes, under the limits to what may be dirty.</summary>
internal sealed class WriteStep
{
    // A refusal by older knowledge than this is checked once.
    private static readonly TimeSpan _surelyFull = TimeSpan.FromMilliseconds(20);

    private readonly TierContext _tier;
    private readonly Func<CancellationToken, Task> _refreshDirty;
    private readonly WriteMerger _merger;

    public WriteStep(TierContext tier, Func<CancellationToken, Task> refreshDirty)
    {
        _tier = tier;
        _refreshDirty = refreshDirty;
        _merger = new WriteMerger(SendAsync);
    }

    /// <summary>Writes one key.</summary>
    /// <exception cref="ValueTooLargeException">The entry exceeds the limits even if nothing else were dirty.</exception>
    public ValueTask<TierWriteResult> WriteAsync(in TierWrite write, CancellationToken cancellationToken)
    {
        ThrowIfUnfit();
        if (write.CleanTtl is null)
        {
            _tier.Dirty.ThrowIfNeverFits(write);
        }

        RefreshIfDue();
        // Each merge has a value of its own to make, and each identity a note of its own. Written as one, all but the
        // last of them would be no versions.
        return write.Merge is null && write.Identity is null && !_tier.KeepsVersions
            ? _merger.WriteAsync(write, cancellationToken)
            : SendAsync(write, writes: 1, cancellationToken);
    }

    /// <summary>Writes many keys.</summary>
    /// <exception cref="ValueTooLargeException">An entry exceeds the limits even if nothing else were dirty.</exception>
    public async ValueTask<IReadOnlyList<TierWriteResult>> WriteManyAsync(
        IReadOnlyList<TierWrite> writes,
        CancellationToken cancellationToken
    )
    {
        ThrowIfUnfit();
        foreach (var write in writes)
        {
            if (write.CleanTtl is null)
            {
                _tier.Dirty.ThrowIfNeverFits(write);
            }
        }

        RefreshIfDue();
        return await _tier
            .Calls.RunAllAsync(
                [.. writes.Select(write => (Step: this, Write: write))],
                static (client, item, token) => item.Step.WriteOnceAsync(client, item.Write, writes: 1, token),
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    private ValueTask<TierWriteResult> SendAsync(in TierWrite write, int writes, CancellationToken cancellationToken) =>
        _tier.Calls.RunAsync(
            static (client, item, token) => item.Step.WriteOnceAsync(client, item.Write, item.Writes, token),
            (Step: this, Write: write, Writes: writes),
            cancellationToken
        );

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TierWriteResult> WriteOnceAsync(
        IRedisClient client,
        TierWrite write,
        int writes,
        CancellationToken cancellationToken
    )
    {
        var reply = await CallAsync(client, write, writes, cancellationToken).ConfigureAwait(false);
        if (reply.Outcome == WriteReply.OtherTerms)
        {
            await _tier.Agreement.RenewAsync(cancellationToken).ConfigureAwait(false);
            reply = await CallAsync(client, write, writes, cancellationToken).ConfigureAwait(false);
            if (reply.Outcome == WriteReply.OtherTerms)
            {
                throw new TierUnavailableException("The cache is being restated by another process.", mayHaveHappened: false);
            }
        }

        if (reply.Outcome == TierWriteOutcome.Full && _tier.Dirty.Age > _surelyFull)
        {
            await _refreshDirty(cancellationToken).ConfigureAwait(false);
            reply = await CallAsync(client, write, writes, cancellationToken).ConfigureAwait(false);
        }

        if (reply.Outcome == TierWriteOutcome.Full)
        {
            _tier.Dirty.NoteRefusal();
        }

        return new(
            reply.Outcome,
            reply.Version,
            reply.Outcome == TierWriteOutcome.Full ? _tier.Dirty.RetryAfter : default,
            reply.Number,
            reply.Kept
        );
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<WriteReply> CallAsync(IRedisClient client, TierWrite write, int writes, CancellationToken cancellationToken)
    {
        var partition = _tier.Keys.Of(write.Key);
        var room = _tier.Dirty.RoomFor(partition.Index);
        var most = write.Merge is null ? 0 : MostBytes(write);
        var reply = await WriteScript
            .RunAsync(
                client,
                partition,
                write,
                room,
                most,
                _tier.BatchPerPartition,
                writes,
                _tier.NoteMilliseconds,
                _tier.KeepsVersions,
                _tier.Agreement.Terms,
                cancellationToken
            )
            .ConfigureAwait(false);
        _tier.Dirty.Note(partition.Index, reply.Dirty);
        return reply;
    }

    private long MostBytes(in TierWrite write)
    {
        var most = write.MaxBytes > 0 ? write.MaxBytes : int.MaxValue;
        return write.CleanTtl is null ? Math.Min(most, _tier.Dirty.MostBytes(write.Key)) : most;
    }

    /// <summary>What a server may evict at any time must not be accepted.</summary>
    private void ThrowIfUnfit()
    {
        if (_tier.Servers.Problem is { } problem)
        {
            throw new TierUnavailableException(problem, mayHaveHappened: false);
        }
    }

    private void RefreshIfDue()
    {
        if (_tier.Dirty.NeedsRefresh && _tier.Dirty.IsRefreshDue(DirtyView.RefreshEvery))
        {
            _ = _refreshDirty(CancellationToken.None);
        }
    }
}
