using System.Runtime.CompilerServices;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

// Why. A write alone costs the one thread of its server fifteen microseconds, of which ten are the call and what all
// writes of a partition share: the time, the partition's sums, the message to near caches. Those that come while
// another is on its way go together and pay that once; nobody waits who would not have waited for the server anyway.
//
// States. A lane at rest sends the first write at once, alone. While a call is on its way, writes wait in their order;
// when the reply has come, as many as a call may have are sent as one, and so on until nobody waits.
//
// Invariants. At most one call per lane is on its way. A call has each key once: WriteMerger sees to it for single
// writes, and a key that comes again ends the batch. No caller's code runs under the lock.
//
// Failures are each caller's own where the script tells them apart; an error of the call is the error of all that were
// in it, and each of them may have happened. Who gives up while waiting is left out.
//
// Best effort: time-outs, which begin when a write is sent. A write may wait as long as the one before it. Where that
// one found no server, it does not begin another wait (WritePatience): none of those has happened.

/// <summary>Lets the writes of one partition that come while another of this process is on its way to the server go
/// together, in one call.</summary>
internal sealed class WriteLane(PartitionKeys partition, WritePatience patience, WriteLane.Send send)
{
    // A script holds up its server: this many take it half a millisecond.
    private const int MostWrites = 128;
    private const long MostBytes = 256 << 10;

    private readonly Lock _gate = new();
    private readonly Queue<WaitingWrite> _waiting = [];
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private bool _isSending;

    /// <summary>Sends writes of different keys as one call, and says what became of each.</summary>
    public delegate ValueTask<Attempt<TierWriteResult>[]> Send(
        PartitionKeys partition,
        IReadOnlyList<PartitionWrite> writes,
        CancellationToken cancellationToken
    );

    /// <summary>Writes one key, with those that wait.</summary>
    public ValueTask<TierWriteResult> WriteAsync(in TierWrite write, int count, CancellationToken cancellationToken)
    {
        WaitingWrite? waiting = null;
        lock (_gate)
        {
            if (_isSending)
            {
                _waiting.Enqueue(waiting = patience.Wait(write, count));
            }

            _isSending = true;
        }

        return waiting is null
            ? LeadAsync(new PartitionWrite(write, count), cancellationToken)
            : new ValueTask<TierWriteResult>(waiting.WaitAsync(cancellationToken));
    }

    /// <summary>Writes many keys, with those that wait.</summary>
    /// <returns>The results, at the index of their writes.</returns>
    public Task<TierWriteResult>[] WriteMany(IEnumerable<TierWrite> writes, CancellationToken cancellationToken)
    {
        var waiting = writes.Select(write => patience.Wait(write, count: 1)).ToArray();
        bool isFirst;
        lock (_gate)
        {
            foreach (var write in waiting)
            {
                _waiting.Enqueue(write);
            }

            (isFirst, _isSending) = (!_isSending, true);
        }

        if (isFirst)
        {
            _ = SendWaitingAsync();
        }

        return Array.ConvertAll(waiting, write => write.WaitAsync(cancellationToken));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TierWriteResult> LeadAsync(PartitionWrite write, CancellationToken cancellationToken)
    {
        try
        {
            var written = await send(partition, [write], cancellationToken).ConfigureAwait(false);
            return written[0].Get();
        }
        catch (Exception exception)
        {
            FailOld(exception);
            throw;
        }
        finally
        {
            _ = SendWaitingAsync();
        }
    }

    private async Task SendWaitingAsync()
    {
        while (Next() is { } batch)
        {
#pragma warning disable CA1031 // Whatever it is, it is the callers' to hear.
            try
            {
                var writes = batch.ConvertAll(static waiting => new PartitionWrite(waiting.Write, waiting.Count));
                var written = await send(partition, writes, CancellationToken.None).ConfigureAwait(false);
                for (var i = 0; i < written.Length; i++)
                {
                    _ = written[i].Error is { } error ? batch[i].TrySetException(error) : batch[i].TrySetResult(written[i].Value);
                }
            }
            catch (Exception exception)
            {
                foreach (var waiting in batch)
                {
                    waiting.TrySetException(exception);
                }

                FailOld(exception);
            }
#pragma warning restore CA1031
        }
    }

    private void FailOld(Exception exception)
    {
        if (WritePatience.Unsent(exception) is not { } unsent)
        {
            return;
        }

        List<WaitingWrite> over;
        lock (_gate)
        {
            over = patience.TakeFrom(_waiting);
        }

        over.ForEach(waiting => waiting.TrySetException(unsent));
    }

    /// <summary>What is to be sent next; null where nobody waited, and the lane is at rest.</summary>
    private List<WaitingWrite>? Next()
    {
        lock (_gate)
        {
            List<WaitingWrite>? batch = null;
            var bytes = 0L;
            _taken.Clear();
            while (_waiting.TryPeek(out var waiting) && (batch is null || batch.Count < MostWrites))
            {
                if (waiting.IsWanted)
                {
                    bytes += waiting.Write.Value.Length;
                    if ((batch is not null && bytes > MostBytes) || !_taken.Add(waiting.Write.Key))
                    {
                        break;
                    }

                    (batch ??= []).Add(waiting);
                }

                _waiting.Dequeue();
            }

            _isSending = batch is not null;
            return batch;
        }
    }
}
