namespace Remanso.AspNetCore.Http.Limits;

// Who finds no room waits in line for a moment. The lock guards the sum and the line, and is an innermost one.

/// <summary>The one budget of bytes that a process holds for its callers: bodies on their way in, values and answers on
/// their way out.</summary>
internal sealed class ByteBudget(long limit, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _line = new();
    private long _held;
    private long _highest;

    /// <summary>How many bytes may be held.</summary>
    public long Limit => limit;

    /// <summary>How many are.</summary>
    public long Held => Volatile.Read(ref _held);

    /// <summary>The most that were held at a time.</summary>
    public long Highest => Volatile.Read(ref _highest);

    /// <summary>Takes bytes, where there is room within the time.</summary>
    /// <returns>Whether they were taken.</returns>
    public ValueTask<bool> TakeAsync(long bytes, TimeSpan patience, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (bytes > limit)
            {
                return ValueTask.FromResult(false);
            }

            // Who needs none stands in no line.
            if (bytes == 0 || _line.Count == 0 && _held + bytes <= limit)
            {
                Hold(bytes);
                return ValueTask.FromResult(true);
            }

            return WaitAsync(_line.AddLast(new Waiter(bytes)), patience, cancellationToken);
        }
    }

    /// <summary>Counts bytes that are there already: an answer of what has happened can't be refused any more.</summary>
    public void Add(long bytes)
    {
        lock (_lock)
        {
            Hold(bytes);
        }
    }

    /// <summary>Gives bytes back.</summary>
    public void Return(long bytes)
    {
        lock (_lock)
        {
            _held -= bytes;
            Serve();
        }
    }

    private async ValueTask<bool> WaitAsync(LinkedListNode<Waiter> place, TimeSpan patience, CancellationToken cancellationToken)
    {
        var served = place.Value.Served.Task;
        await ((Task)served).WaitAsync(patience, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            if (!served.IsCompleted)
            {
                _line.Remove(place);
                // It may have stood in the way of smaller ones.
                Serve();
                return false;
            }
        }

        return true;
    }

    private void Serve()
    {
        while (_line.First is { } first && _held + first.Value.Bytes <= limit)
        {
            _line.RemoveFirst();
            Hold(first.Value.Bytes);
            first.Value.Served.SetResult();
        }
    }

    private void Hold(long bytes)
    {
        _held += bytes;
        _highest = Math.Max(_highest, _held);
    }

    private sealed class Waiter(long bytes)
    {
        public long Bytes { get; } = bytes;

        public TaskCompletionSource Served { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
