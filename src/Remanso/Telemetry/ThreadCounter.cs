using System.Runtime.CompilerServices;

namespace Remanso.Telemetry;

// An interlocked addition would cost more than its few nanoseconds: it is a fence, behind which the processor can't
// fetch the next key's memory while it still waits for this one's. The cells of a thread that ended are folded into
// _ended by the finalizer of its block, so nothing is lost and nothing grows with threads that come and go. Nor with counters:
// the cells of one that nobody has any more are set to zero by its own finalizer, and are the next one's.

/// <summary>
/// A counter that many threads add to without disturbing each other: every thread has cells of its own, and reading sums them up.
/// </summary>
internal sealed class ThreadCounter
{
    private static readonly Lock _lock = new();
    private static readonly List<Block> _blocks = [];
    private static readonly Stack<int> _free = [];
    private static long[] _ended = new long[64];
    private static int _counters;

    [ThreadStatic]
    private static long[]? _cells;

    [ThreadStatic]
    private static Owner? _owner;

    private readonly int _index;

    public ThreadCounter()
    {
        lock (_lock)
        {
            _index = _free.TryPop(out var free) ? free : _counters++;
        }
    }

#pragma warning disable MA0055 // Whoever counts may be gone without a word, and nobody would tell that it is.
    ~ThreadCounter()
#pragma warning restore MA0055
    {
        lock (_lock)
        {
            Clear(_ended);
            foreach (var block in _blocks)
            {
                Clear(block.Cells);
            }

            _free.Push(_index);
        }
    }

    /// <summary>How many cells each thread may have: of all counters, and of those whose cells are free.</summary>
    public static int Cells
    {
        get
        {
            lock (_lock)
            {
                return _counters;
            }
        }
    }

    /// <summary>The sum over all threads.</summary>
    public long Value
    {
        get
        {
            lock (_lock)
            {
                var sum = At(_ended);
                foreach (var block in _blocks)
                {
                    sum += At(block.Cells);
                }

                return sum;
            }
        }
    }

    /// <summary>Adds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(long n = 1)
    {
        var cells = _cells;
        var index = _index;
        if (cells is null || (uint)index >= (uint)cells.Length)
        {
            cells = Grow();
        }

        // Only this thread writes here.
        ref var cell = ref cells[index];
        Volatile.Write(ref cell, cell + n);
        // Until here the cell is this counter's.
        GC.KeepAlive(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static long[] Grow()
    {
        var block = (_owner ??= new Owner()).Block;
        lock (_lock)
        {
            Array.Resize(ref block.Cells, Math.Max(64, _counters * 2));
            return _cells = block.Cells;
        }
    }

    private long At(long[] cells) => _index < cells.Length ? Volatile.Read(ref cells[_index]) : 0;

    private void Clear(long[] cells)
    {
        if (_index < cells.Length)
        {
            Volatile.Write(ref cells[_index], 0);
        }
    }

    private sealed class Block
    {
        public long[] Cells = [];
    }

    /// <summary>Reachable from its thread alone: finalized when the thread is gone.</summary>
    private sealed class Owner
    {
        public Owner()
        {
            lock (_lock)
            {
                _blocks.Add(Block);
            }
        }

#pragma warning disable MA0055 // The end of a thread is told in no other way.
        ~Owner()
#pragma warning restore MA0055
        {
            lock (_lock)
            {
                _blocks.Remove(Block);
                if (_ended.Length < Block.Cells.Length)
                {
                    Array.Resize(ref _ended, Block.Cells.Length);
                }

                for (var i = 0; i < Block.Cells.Length; i++)
                {
                    _ended[i] += Block.Cells[i];
                }
            }
        }

        public Block Block { get; } = new();
    }
}
