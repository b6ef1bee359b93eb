namespace Remanso.Scale.Engine;

/// <summary>Simulated time: what is due first runs first, and of two things due at once the one that was asked for first.</summary>
internal sealed class EventLoop
{
    private readonly PriorityQueue<Action, (double At, long Number)> _due = new();
    private long _number;

    /// <summary>Seconds since the beginning.</summary>
    public double Now { get; private set; }

    /// <summary>Runs something in so many seconds.</summary>
    public void After(double seconds, Action action) => _due.Enqueue(action, (Now + seconds, _number++));

    /// <summary>Runs until then, or until nothing is due, or something says to stop.</summary>
    public void RunUntil(double end, Func<bool>? isOver = null)
    {
        while (_due.TryPeek(out _, out var due) && due.At <= end && isOver?.Invoke() is not true)
        {
            Now = due.At;
            _due.Dequeue()();
        }
    }
}
