using System.Threading.Tasks.Sources;

namespace Remanso.ReadThrough;

/// <summary>
/// One waiting caller of a flight, and the <see cref="ValueTask{TResult}"/> it awaits. It is woken exactly once:
/// <see cref="Flight{TKey, TValue}"/> decides under its lock whether by the landing or by the caller's own leaving.
/// </summary>
internal sealed class FlightSeat<TKey, TValue>(Flight<TKey, TValue> flight, FlightNode? waiting, bool joined)
    : IValueTaskSource<FlightResult<TValue>>
    where TKey : notnull
{
    // Carries the signal alone; the value stays in the flight, where all seats read it.
    private ManualResetValueTaskSourceCore<bool> _signal;
    private CancellationTokenRegistration _registration;

    /// <summary>The flight whose load this caller belongs to, or null for a caller outside of any load.</summary>
    public FlightNode? Waiting => waiting;

    // The list of the seats, guarded by the flight's lock. Doubly linked, so that callers who give up on a slow load
    // are let go at once instead of piling up until it ends.
    public FlightSeat<TKey, TValue>? Previous { get; set; }

    public FlightSeat<TKey, TValue>? Next { get; set; }

    public ValueTask<FlightResult<TValue>> Task => new(this, _signal.Version);

    /// <summary>Lets the caller's own token end its wait. Once, before <see cref="Task"/> is handed out.</summary>
    public void LeaveWhenCancelled(CancellationToken cancellationToken) =>
        _registration = cancellationToken.UnsafeRegister(
            static (self, token) => ((FlightSeat<TKey, TValue>)self!).Leave(new OperationCanceledException(token)),
            this
        );

    public void Leave(Exception reason) => flight.Leave(this, reason);

    /// <summary>Wakes the caller after the landing.</summary>
    /// <param name="inline">Whether the caller may go on on this very thread, before the method returns.</param>
    public void Wake(bool inline)
    {
        _signal.RunContinuationsAsynchronously = !inline;
        _signal.SetResult(true);
    }

    /// <summary>Wakes the caller after it left.</summary>
    public void Fail(Exception reason)
    {
        _signal.RunContinuationsAsynchronously = true;
        _signal.SetException(reason);
    }

    FlightResult<TValue> IValueTaskSource<FlightResult<TValue>>.GetResult(short token)
    {
        // Here, on the caller's side, because only the caller is sure to see the registration it made. Not disposed
        // of: that would wait for a callback that is running.
        _registration.Unregister();
        _signal.GetResult(token);
        return flight.Result(joined);
    }

    ValueTaskSourceStatus IValueTaskSource<FlightResult<TValue>>.GetStatus(short token)
    {
        var status = _signal.GetStatus(token);
        return status == ValueTaskSourceStatus.Succeeded ? flight.Status : status;
    }

    void IValueTaskSource<FlightResult<TValue>>.OnCompleted(
        Action<object?> continuation,
        object? state,
        short token,
        ValueTaskSourceOnCompletedFlags flags
    ) => _signal.OnCompleted(continuation, state, token, flags);
}
