namespace Remanso.Torture.Tests.Load;

/// <summary>A count, and those who wait until it has come so far.</summary>
internal sealed class Milestones
{
    private readonly Lock _gate = new();
    private readonly PriorityQueue<TaskCompletionSource, long> _waiting = new();
    private long _count;

    public long Count => Volatile.Read(ref _count);

    public void Add(int more)
    {
        lock (_gate)
        {
            _count += more;
            while (_waiting.TryPeek(out var waiter, out var at) && at <= _count)
            {
                _waiting.Dequeue();
                waiter.SetResult();
            }
        }
    }

    public Task ReachedAsync(long count)
    {
        lock (_gate)
        {
            if (_count >= count)
            {
                return Task.CompletedTask;
            }

            var waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.Enqueue(waiter, count);
            return waiter.Task;
        }
    }
}
