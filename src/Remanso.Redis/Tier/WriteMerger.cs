using System.Runtime.CompilerServices;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

// Why. A hot key's writes overwrite each other anyway, but each of them costs the one thread of its server ten
// microseconds. Merged, a hot key costs one call per round trip, however many write it.
//
// What it means. The call issues a version for each write that it stands for, growing in the order of their arrival,
// and the last one's value stays: as if all had been made one after the other in one atomic step, none seen in between.
// Each caller has its own version, and reads its own write or a later one once it has returned.
//
// States of a key. Without a slot, nothing is on its way; the first write makes one and is sent at once, alone. While
// the slot is there, writes wait in it in their order. When the reply has come, the longest run of unconditional writes
// at its front is sent as one; a conditional write is always sent alone, in its turn. A slot in which nobody waits is
// given up.
//
// Invariants. At most one call per slot is on its way, and so per key and process (those of WriteStep.WriteManyAsync
// aside, which are one call each already). A slot is changed only under the lock of its shelf, and no caller's code
// runs under it.
//
// Failures are each caller's own. Where the merged value finds no room, the writes are sent one by one, for a delete or
// a smaller value may still be accepted. An error of the call is the error of all that it stood for: each of them may
// have happened. Who gives up while waiting is left out of the call, or, when that is under way already, leaves his
// write in it.
//
// Best effort: time-outs, which begin when a write is sent. A write may wait as long as the one before it. Where that
// one found no server, it does not begin another wait (WritePatience): none of those has happened.

/// <summary>Lets the writes of one key that come while another of this process is on its way to the server go
/// together, as one call with the value of the last.</summary>
internal sealed class WriteMerger
{
    private const int Shelves = 256;

    private readonly WritePatience _patience;
    private readonly Send _send;
    private readonly Shelf[] _shelves;

    public WriteMerger(WritePatience patience, Send send)
    {
        _patience = patience;
        _send = send;
        _shelves = new Shelf[Shelves];
        for (var i = 0; i < Shelves; i++)
        {
            _shelves[i] = new Shelf();
        }
    }

    /// <summary>Sends a write that stands for so many; the version of its result is that of the last.</summary>
    public delegate ValueTask<TierWriteResult> Send(in TierWrite write, int writes, CancellationToken cancellationToken);

    /// <summary>Writes one key, in its turn.</summary>
    public ValueTask<TierWriteResult> WriteAsync(in TierWrite write, CancellationToken cancellationToken)
    {
        var shelf = _shelves[(uint)write.Key.GetHashCode(StringComparison.Ordinal) % Shelves];
        Slot? mine = null;
        WaitingWrite? waiting = null;
        lock (shelf.Gate)
        {
            if (shelf.Find(write.Key) is { } slot)
            {
                slot.Add(waiting = _patience.Wait(write, count: 1));
            }
            else
            {
                mine = shelf.Open(write.Key);
            }
        }

        return waiting is null
            ? LeadAsync(shelf, mine!, write, cancellationToken)
            : new ValueTask<TierWriteResult>(waiting.WaitAsync(cancellationToken));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<TierWriteResult> LeadAsync(Shelf shelf, Slot slot, TierWrite write, CancellationToken cancellationToken)
    {
        try
        {
            return await _send(write, 1, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            FailOld(shelf, slot, exception);
            throw;
        }
        finally
        {
            if (shelf.Next(slot) is { } waiting)
            {
                _ = SendWaitingAsync(shelf, slot, waiting);
            }
        }
    }

    private async Task SendWaitingAsync(Shelf shelf, Slot slot, List<WaitingWrite> waiting)
    {
        for (List<WaitingWrite>? next = waiting; next is not null; next = shelf.Next(slot))
        {
            next.RemoveAll(static write => !write.IsWanted);
            if (next.Count > 0 && await SendAsync(next).ConfigureAwait(false) is { } failure)
            {
                FailOld(shelf, slot, failure);
            }
        }
    }

    private void FailOld(Shelf shelf, Slot slot, Exception failure)
    {
        if (WritePatience.Unsent(failure) is { } unsent)
        {
            shelf.TakeOver(slot, _patience).ForEach(waiting => waiting.TrySetException(unsent));
        }
    }

    /// <returns>What the call failed with; null where it did not.</returns>
    private async ValueTask<Exception?> SendAsync(List<WaitingWrite> writes)
    {
#pragma warning disable CA1031 // Whatever it is, it is the callers' to hear.
        try
        {
            var last = writes[^1].Write;
            if (writes.Count > 1 && writes.Exists(static write => write.Write.Urgent))
            {
                last = last with { Urgent = true };
            }

            var result = await _send(last, writes.Count, CancellationToken.None).ConfigureAwait(false);
            if (result.Outcome == TierWriteOutcome.Full && writes.Count > 1)
            {
                return await SendEachAsync(writes).ConfigureAwait(false);
            }

            for (var i = 0; i < writes.Count; i++)
            {
                writes[i].TrySetResult(result with { Version = result.Version - (writes.Count - 1 - i) });
            }

            return null;
        }
        catch (Exception exception)
        {
            foreach (var write in writes)
            {
                write.TrySetException(exception);
            }

            return exception;
        }
#pragma warning restore CA1031
    }

    private async ValueTask<Exception?> SendEachAsync(List<WaitingWrite> writes)
    {
        Exception? failure = null;
        foreach (var write in writes)
        {
            if (failure is not null && WritePatience.Unsent(failure) is { } unsent && _patience.IsOver(write))
            {
                write.TrySetException(unsent);
            }
            else
            {
                failure = await SendAsync([write]).ConfigureAwait(false);
            }
        }

        return failure;
    }

    /// <summary>The slots of some of the keys.</summary>
    private sealed class Shelf
    {
        private Slot? _open;
        private Slot? _spare;

        public Lock Gate { get; } = new();

        public Slot? Find(string key)
        {
            var slot = _open;
            while (slot is not null && slot.Key != key)
            {
                slot = slot.Behind;
            }

            return slot;
        }

        public Slot Open(string key)
        {
            var slot = _spare ?? new Slot();
            _spare = slot.Behind;
            slot.Key = key;
            slot.Behind = _open;
            _open = slot;
            return slot;
        }

        /// <summary>Takes those that have waited for long enough.</summary>
        public List<WaitingWrite> TakeOver(Slot slot, WritePatience patience)
        {
            lock (Gate)
            {
                return slot.TakeOver(patience);
            }
        }

        /// <summary>What is to be sent next from a slot; null where nobody waited, and it is given up.</summary>
        public List<WaitingWrite>? Next(Slot slot)
        {
            lock (Gate)
            {
                if (slot.Take() is { } waiting)
                {
                    return waiting;
                }

                ref var at = ref _open;
                while (at != slot)
                {
                    at = ref at!.Behind;
                }

                at = slot.Behind;
                slot.Behind = _spare;
                _spare = slot;
                return null;
            }
        }
    }

    /// <summary>A key with a write on its way.</summary>
    private sealed class Slot
    {
        private readonly Queue<WaitingWrite> _waiting = [];

        // A field, for a list is unlinked by reference.
        public Slot? Behind;

        public string Key { get; set; } = "";

        public void Add(WaitingWrite write) => _waiting.Enqueue(write);

        public List<WaitingWrite> TakeOver(WritePatience patience) => patience.TakeFrom(_waiting);

        public List<WaitingWrite>? Take()
        {
            if (!_waiting.TryDequeue(out var first))
            {
                return null;
            }

            List<WaitingWrite> taken = [first];
            if (IsConditional(first))
            {
                return taken;
            }

            while (_waiting.TryPeek(out var next) && !IsConditional(next))
            {
                taken.Add(_waiting.Dequeue());
            }

            return taken;
        }

        private static bool IsConditional(WaitingWrite write) => write.Write.Condition.Kind != WriteConditionKind.None;
    }
}
