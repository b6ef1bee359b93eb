using System.Runtime.CompilerServices;
using Remanso.Common;
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
    private readonly WriteLane[] _lanes;
    private readonly bool[] _mayBeLeased;
    private readonly WriteRefusals _refusals;
    private readonly FlushWishes _wishes = new(FlushWishes.OfRefusals);

    public WriteStep(TierContext tier, Func<CancellationToken, Task> refreshDirty)
    {
        _tier = tier;
        _refreshDirty = refreshDirty;
        _merger = new WriteMerger(tier.Patience, SendAsync);
        _lanes = [.. tier.Keys.Partitions.ToArray().Select(partition => new WriteLane(partition, tier.Patience, SendManyAsync))];
        _mayBeLeased = new bool[_lanes.Length];
        _refusals = new WriteRefusals(_lanes.Length, tier.Time);
    }

    /// <summary>What Redis refuses, while reads go on; or null.</summary>
    public string? Warning => _refusals.Warning;

    /// <summary>Writes one key.</summary>
    /// <exception cref="ValueTooLargeException">The entry exceeds the limits even if nothing else were dirty.</exception>
    public ValueTask<TierWriteResult> WriteAsync(in TierWrite write, CancellationToken cancellationToken)
    {
        if (((Exception?)WhyUnfit() ?? WhyNeverFits(write)) is { } error)
        {
            throw error;
        }

        RefreshIfDue();
        // Each merge has a value of its own to make, and each identity a note of its own. Written as one, all but the
        // last of them would be no versions.
        return write.Merge is null && write.Identity is null && !_tier.KeepsVersions
            ? _merger.WriteAsync(write, cancellationToken)
            : SendAsync(write, writes: 1, cancellationToken);
    }

    /// <summary>Writes many keys.</summary>
    /// <returns>What came of each, at its index.</returns>
    public async ValueTask<IReadOnlyList<Attempt<TierWriteResult>>> WriteManyAsync(
        IReadOnlyList<TierWrite> writes,
        CancellationToken cancellationToken
    )
    {
        if (WhyUnfit() is { } unfit)
        {
            return [.. writes.Select(_ => new Attempt<TierWriteResult>(default, unfit))];
        }

        RefreshIfDue();
        var pending = new ValueTask<TierWriteResult>[writes.Count];
        using (WriteBatch.Begin())
        {
            foreach (
                var group in writes
                    .Index()
                    .GroupBy(item => IsPlain(item.Item) && WhyNeverFits(item.Item) is null ? _tier.Keys.Of(item.Item.Key).Index : -1)
            )
            {
                var items = group.ToArray();
                var sent =
                    group.Key >= 0
                        ? _lanes[group.Key].WriteMany(items.Select(static item => item.Item), cancellationToken)
                        : Array.ConvertAll(items, item => SendFittingAsync(item.Item, cancellationToken));
                for (var i = 0; i < items.Length; i++)
                {
                    pending[items[i].Index] = new(sent[i]);
                }
            }
        }

        return await RedisCalls.EachAsync(pending, cancellationToken).ConfigureAwait(false);
    }

    private ValueTooLargeException? WhyNeverFits(in TierWrite write) => write.CleanTtl is null ? _tier.Dirty.WhyNeverFits(write) : null;

    private Task<TierWriteResult> SendFittingAsync(in TierWrite write, CancellationToken cancellationToken) =>
        WhyNeverFits(write) is { } error
            ? Task.FromException<TierWriteResult>(error)
            : SendAloneAsync(write, writes: 1, cancellationToken).AsTask();

    // What needs nothing of what its key holds.
    private bool IsPlain(in TierWrite write) =>
        write is { Condition.Kind: WriteConditionKind.None, Merge: null, Identity: null, CleanTtl: null } && !_tier.KeepsVersions;

    private ValueTask<TierWriteResult> SendAsync(in TierWrite write, int writes, CancellationToken cancellationToken) =>
        IsPlain(write)
            ? _lanes[_tier.Keys.Of(write.Key).Index].WriteAsync(write, writes, cancellationToken)
            : SendAloneAsync(write, writes, cancellationToken);

    private ValueTask<TierWriteResult> SendAloneAsync(in TierWrite write, int writes, CancellationToken cancellationToken) =>
        _tier.Calls.RunAsync(
            static (client, item, token) => item.Step.WriteOnceAsync(client, item.Write, item.Writes, token),
            (Step: this, Write: write, Writes: writes),
            cancellationToken
        );

    // One alone has nothing to share, and the script of many would cost it more.
    private ValueTask<Attempt<TierWriteResult>[]> SendManyAsync(
        PartitionKeys partition,
        IReadOnlyList<PartitionWrite> writes,
        CancellationToken cancellationToken
    ) => writes is [var only] ? SendOnlyAsync(only, cancellationToken) : SendTogetherAsync(partition, writes, cancellationToken);

    private async ValueTask<Attempt<TierWriteResult>[]> SendOnlyAsync(PartitionWrite only, CancellationToken cancellationToken) =>
        [new(await SendAloneAsync(only.Write, only.Count, cancellationToken).ConfigureAwait(false), null)];

    private async ValueTask<Attempt<TierWriteResult>[]> SendTogetherAsync(
        PartitionKeys partition,
        IReadOnlyList<PartitionWrite> writes,
        CancellationToken cancellationToken
    )
    {
        var written = await WriteTogetherAsync(partition, writes, cancellationToken).ConfigureAwait(false);
        if (Array.Exists(written, IsFull) && _tier.Dirty.Age > _surelyFull)
        {
            await _refreshDirty(cancellationToken).ConfigureAwait(false);
            await WriteAgainAsync(partition, writes, written, cancellationToken).ConfigureAwait(false);
        }

        for (var i = 0; i < written.Length; i++)
        {
            if (IsFull(written[i]))
            {
                NoteRefusal(partition);
                written[i] = new(new(TierWriteOutcome.Full, 0, _tier.Dirty.RetryAfter), null);
            }
        }

        return written;
    }

    /// <summary>Tries again what found no room. The others are made, and no failure of this is theirs.</summary>
    private async ValueTask WriteAgainAsync(
        PartitionKeys partition,
        IReadOnlyList<PartitionWrite> writes,
        Attempt<TierWriteResult>[] written,
        CancellationToken cancellationToken
    )
    {
        var full = Enumerable.Range(0, written.Length).Where(i => IsFull(written[i])).ToArray();
        Attempt<TierWriteResult>[] again;
        try
        {
            again = await WriteTogetherAsync(partition, Array.ConvertAll(full, i => writes[i]), cancellationToken).ConfigureAwait(false);
        }
        catch (TierUnavailableException exception)
        {
            again = Array.ConvertAll(full, _ => new Attempt<TierWriteResult>(default, exception));
        }

        for (var i = 0; i < full.Length; i++)
        {
            written[full[i]] = again[i];
        }
    }

    private static bool IsFull(Attempt<TierWriteResult> written) => written is { Error: null, Value.Outcome: TierWriteOutcome.Full };

    private async ValueTask<Attempt<TierWriteResult>[]> WriteTogetherAsync(
        PartitionKeys partition,
        IReadOnlyList<PartitionWrite> writes,
        CancellationToken cancellationToken
    )
    {
        ManyWritten.Write[] written;
        try
        {
            written = await _tier
                .Calls.RunAsync(
                    static (client, item, token) => item.Step.CallManyAsync(client, item.Partition, item.Writes, token),
                    (Step: this, Partition: partition, Writes: writes),
                    cancellationToken
                )
                .ConfigureAwait(false);
        }
        catch (TierUnavailableException exception) when (exception.InnerException is RedisServerException refused)
        {
            _refusals.Note(partition.Index, refused);
            throw;
        }

        foreach (var write in written)
        {
            if (write.Error is { } error)
            {
                _refusals.Note(partition.Index, new RedisServerException(error));
            }
            else
            {
                _refusals.NoteWritten(partition.Index);
            }
        }

        return Array.ConvertAll(written, Answer);
    }

    private static Attempt<TierWriteResult> Answer(ManyWritten.Write write) =>
        write switch
        {
            { Error: { } error } => new(default, RedisCalls.Refused(error)),
            { Version: > 0 } => new(new(TierWriteOutcome.Accepted, write.Version), null),
            _ => new(new(TierWriteOutcome.Full, 0), null),
        };

    private async ValueTask<ManyWritten.Write[]> CallManyAsync(
        IRedisClient client,
        PartitionKeys partition,
        IReadOnlyList<PartitionWrite> writes,
        CancellationToken cancellationToken
    )
    {
        var mayRenew = true;
        while (true)
        {
            var namesLeases = Volatile.Read(ref _mayBeLeased[partition.Index]);
            var written = await WriteManyScript
                .RunAsync(
                    client,
                    partition,
                    writes,
                    _tier.Dirty.RoomFor(partition.Index),
                    _tier.BatchPerPartition,
                    namesLeases,
                    _tier.Agreement.Terms,
                    cancellationToken
                )
                .ConfigureAwait(false);
            if (written.Kind != ManyWrittenKind.OtherTerms)
            {
                _tier.Dirty.Note(partition.Index, written.Dirty);
            }

            switch (written.Kind)
            {
                case ManyWrittenKind.LeasesNotNamed:
                    Volatile.Write(ref _mayBeLeased[partition.Index], true);
                    break;
                case ManyWrittenKind.OtherTerms when mayRenew:
                    mayRenew = false;
                    await _tier.Agreement.RenewAsync(cancellationToken).ConfigureAwait(false);
                    break;
                case ManyWrittenKind.OtherTerms:
                    throw _tier.Agreement.Refusal(partition.Index);
                default:
                    Volatile.Write(ref _mayBeLeased[partition.Index], written.MayBeLeased);
                    return written.Writes;
            }
        }
    }

    private void NoteRefusal(PartitionKeys partition)
    {
        _tier.Dirty.NoteRefusal();
        if (_wishes.IsDue((long)_tier.Time.GetElapsedTime(0).TotalMicroseconds))
        {
            _tier.WantFlush(partition, isUrgent: false);
        }
    }

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
                throw _tier.Agreement.Refusal(_tier.Keys.Of(write.Key).Index);
            }
        }

        if (reply.Outcome == TierWriteOutcome.Full && _tier.Dirty.Age > _surelyFull)
        {
            await _refreshDirty(cancellationToken).ConfigureAwait(false);
            reply = await CallAsync(client, write, writes, cancellationToken).ConfigureAwait(false);
        }

        if (reply.Outcome == TierWriteOutcome.Full)
        {
            NoteRefusal(_tier.Keys.Of(write.Key));
        }

        return new(
            reply.Outcome,
            reply.Version,
            reply.Outcome == TierWriteOutcome.Full ? _tier.Dirty.RetryAfter : default,
            reply.Number,
            reply.Kept,
            reply.IsKnown
        );
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<WriteReply> CallAsync(IRedisClient client, TierWrite write, int writes, CancellationToken cancellationToken)
    {
        var partition = _tier.Keys.Of(write.Key);
        var room = _tier.Dirty.RoomFor(partition.Index);
        var most = write.Merge is null ? 0 : MostBytes(write);
        WriteReply reply;
        try
        {
            reply = await WriteScript
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
        }
        catch (RedisServerException refused)
        {
            _refusals.Note(partition.Index, refused);
            throw;
        }

        _refusals.NoteWritten(partition.Index);
        if (reply.Outcome != WriteReply.OtherTerms)
        {
            // A partition that nobody has stated has nothing, and may have lost all: what it had is known until that is told.
            _tier.Dirty.Note(partition.Index, reply.Dirty);
        }

        return reply;
    }

    private long MostBytes(in TierWrite write)
    {
        var most = write.MaxBytes > 0 ? write.MaxBytes : int.MaxValue;
        return write.CleanTtl is null ? Math.Min(most, _tier.Dirty.MostBytes(write.Key)) : most;
    }

    /// <summary>What a server may evict at any time must not be accepted, nor what this process would not flush: where the
    /// others differ it renews no lease.</summary>
    private TierUnavailableException? WhyUnfit() =>
        (_tier.Agreement.Problem ?? _tier.Servers.Problem) is { } problem
            ? new TierUnavailableException(problem, mayHaveHappened: false) { Reason = RedisCalls.Unfit }
            : null;

    private void RefreshIfDue()
    {
        if (_tier.Dirty.NeedsRefresh && _tier.Dirty.IsRefreshDue(DirtyView.RefreshEvery))
        {
            _ = _refreshDirty(CancellationToken.None);
        }
    }
}
