using System.Runtime.InteropServices;

namespace Remanso.Redis.Resp.Connections;

/// <summary>
/// The commands that were written and are owed a reply, oldest first: a ring with one producer (the writer) and one
/// consumer (the reader), no lock. Its fixed capacity bounds the commands outstanding on a connection.
/// </summary>
internal sealed class OwedReplies
{
    private readonly Slot[] _slots;
    private Positions _positions;

    /// <param name="capacity">A power of two.</param>
    public OwedReplies(int capacity)
    {
        _slots = new Slot[capacity];
    }

    /// <summary>Writer only: places that are free, at least.</summary>
    public int Free => _slots.Length - (int)(_positions.Tail - Volatile.Read(ref _positions.Head));

    /// <summary>Bytes of all commands whose reply has come.</summary>
    public long BytesAnswered => Volatile.Read(ref _positions.BytesAnswered);

    /// <summary>The number of commands ever added.</summary>
    public long Added => Volatile.Read(ref _positions.Tail);

    /// <summary>Writer only.</summary>
    /// <param name="command">The command just encoded.</param>
    /// <param name="endOffset">The bytes ever encoded on this connection, this command included.</param>
    public void Add(RespCommand command, long endOffset)
    {
        var tail = _positions.Tail;
        _slots[tail & (_slots.Length - 1)] = new(command, endOffset);
        Volatile.Write(ref _positions.Tail, tail + 1);
    }

    /// <summary>Reader only.</summary>
    /// <param name="command">The command whose reply comes next.</param>
    /// <param name="position">How many were added before it.</param>
    public bool TryRemove(out RespCommand command, out long position)
    {
        position = _positions.Head;
        if (position == Volatile.Read(ref _positions.Tail))
        {
            command = null!;
            return false;
        }
        ref var slot = ref _slots[position & (_slots.Length - 1)];
        command = slot.Command;
        Volatile.Write(ref _positions.BytesAnswered, slot.EndOffset);
        // The slot keeps its stale reference until it is overwritten: Sweep can tell by the head, and a pooled command
        // that lives a little longer costs less than one more write per reply.
        Volatile.Write(ref _positions.Head, position + 1);
        return true;
    }

    /// <summary>Reader only: the command whose reply comes next, left in place.</summary>
    public RespCommand? Peek() =>
        _positions.Head == Volatile.Read(ref _positions.Tail) ? null : _slots[_positions.Head & (_slots.Length - 1)].Command;

    /// <summary>Any thread: whether there is any whose server its caller did not choose.</summary>
    public bool IsAnyRouted
    {
        get
        {
            var tail = Volatile.Read(ref _positions.Tail);
            for (var position = Volatile.Read(ref _positions.Head); position < tail; position++)
            {
                var isRouted = _slots[position & (_slots.Length - 1)].Command.Node is null;
                // As in Sweep: else it is another use of the object.
                if (isRouted && Volatile.Read(ref _positions.Head) <= position)
                {
                    return true;
                }
            }
            return false;
        }
    }

    /// <summary>Any thread: times out what is overdue. They stay, for their replies are still to be dropped.</summary>
    /// <returns>By how many ticks the oldest that has a deadline is overdue; negative when it is not, or there is none.
    /// Not the greatest of all: behind a WAIT others are answered late by right.</returns>
    public int Sweep(int now)
    {
        var oldest = int.MinValue;
        var tail = Volatile.Read(ref _positions.Tail);
        for (var position = Volatile.Read(ref _positions.Head); position < tail; position++)
        {
            var command = _slots[position & (_slots.Length - 1)].Command;
            var observed = command.Observe();
            var overdue = command.OverdueAt(now);
            // Still owed after both were read: so they were read of this use of the object, not of a later one.
            if (Volatile.Read(ref _positions.Head) > position || command is NoCommand)
            {
                continue;
            }
            oldest = oldest == int.MinValue ? overdue : oldest;
            if (overdue >= 0)
            {
                command.TryTimeOut(observed);
            }
        }
        return oldest;
    }

    private readonly record struct Slot(RespCommand Command, long EndOffset);

    // The two ends on cache lines of their own, for they are written by different cores.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Positions
    {
        [FieldOffset(64)]
        public long Head;

        [FieldOffset(72)]
        public long BytesAnswered;

        [FieldOffset(192)]
        public long Tail;
    }
}
