using System.Runtime.ExceptionServices;
using System.Threading.Tasks.Sources;

namespace Remanso.ReadThrough;

/// <summary>
/// One load and the callers that wait for it. <see cref="SingleFlight{TKey, TValue}"/> tells the states and the rules.
/// </summary>
/// <remarks>
/// Its lock (on itself: an internal object that nobody else can lock, and one allocation less per load) is held for a
/// few field accesses only. Never under it: a load, a continuation, a cancellation callback, another flight's lock.
/// </remarks>
#pragma warning disable CA1001 // Disposing of the token source would free nothing, and break loads that keep the token.
internal sealed class Flight<TKey, TValue>(SingleFlight<TKey, TValue> owner, TKey key, FlightNode? waiting) : FlightNode
#pragma warning restore CA1001
    where TKey : notnull
{
    private enum Phase : byte
    {
        InTheAir,
        Abandoned,
        Landed,
    }

    private volatile Phase _phase;
    private CancellationTokenSource? _abandoned;

    // Guarded by the lock.
    private FlightNode? _leaderWaiting = waiting;
    private FlightSeat<TKey, TValue>? _seats;
    private int _callers = 1;

    // Written before the phase becomes Landed, read after.
    private TValue? _value;
    private ExceptionDispatchInfo? _error;
    private bool _shared;

    public SingleFlight<TKey, TValue> Owner => owner;

    public TKey Key => key;

    public override bool HasLanded => _phase == Phase.Landed;

    public bool IsInTheAir => _phase == Phase.InTheAir;

    /// <summary>Whether a caller gave up waiting for it, without leaving.</summary>
    public bool IsLate { get; set; }

    /// <summary>What the seats' tasks report once the flight has landed.</summary>
    public ValueTaskSourceStatus Status =>
        _error switch
        {
            null => ValueTaskSourceStatus.Succeeded,
            { SourceException: OperationCanceledException } => ValueTaskSourceStatus.Canceled,
            _ => ValueTaskSourceStatus.Faulted,
        };

    /// <summary>Runs the load for the leader, up to its first wait, and hands the leader its task.</summary>
    public ValueTask<FlightResult<TValue>> LeadAsync<TState>(
        TState state,
        Func<TKey, TState, CancellationToken, ValueTask<TValue>> load,
        CancellationToken cancellationToken
    )
    {
        // A leader that cannot leave never lets the flight be abandoned, and the load needs no token.
        if (cancellationToken.CanBeCanceled)
        {
            _abandoned = new CancellationTokenSource();
        }

        _ = FlyAsync(state, load);
        if (HasLanded && _error is null)
        {
            return new ValueTask<FlightResult<TValue>>(Result(joined: false));
        }

        var seat = SeatLeader();
        seat.LeaveWhenCancelled(cancellationToken);
        return seat.Task;
    }

    /// <summary>Starts the load elsewhere, for a leader that never leaves.</summary>
    public ValueTask<FlightResult<TValue>> LeadDetached<TState>(
        TState state,
        Func<TKey, TState, CancellationToken, ValueTask<TValue>> load,
        IDisposable? held
    )
    {
        var seat = SeatLeader();
        Depart(state, load, held);
        return seat.Task;
    }

    /// <summary>Starts the load on the thread pool, with no execution context but its own.</summary>
    public void Depart<TState>(TState state, Func<TKey, TState, CancellationToken, ValueTask<TValue>> load, IDisposable? held) =>
        ThreadPool.UnsafeQueueUserWorkItem(
            static departure =>
            {
                _ = departure.Flight.FlyAsync(departure.State, departure.Load);
                departure.Held?.Dispose();
            },
            (Flight: this, State: state, Load: load, Held: held),
            preferLocal: false
        );

    /// <summary>Takes another caller on board.</summary>
    /// <param name="waiting">The flight whose load the caller belongs to, if any.</param>
    /// <returns>Its seat, or null if the flight has landed or is abandoned: the caller needs another one.</returns>
    public FlightSeat<TKey, TValue>? TryJoin(FlightNode? waiting)
    {
        lock (this)
        {
            if (_phase != Phase.InTheAir)
            {
                return null;
            }

            _callers++;
            var seat = new FlightSeat<TKey, TValue>(this, waiting, joined: true);
            Link(seat);
            return seat;
        }
    }

    /// <summary>Ends one caller's wait, unless the flight has landed. Called at most once for a seat.</summary>
    public void Leave(FlightSeat<TKey, TValue> seat, Exception reason)
    {
        bool last;
        lock (this)
        {
            if (_phase != Phase.InTheAir)
            {
                return;
            }

            Unlink(seat);
            last = --_callers == 0;
            if (last)
            {
                _phase = Phase.Abandoned;
            }
        }

        if (last)
        {
            owner.Release(this);
            // The load's callbacks do not run on this thread, which is inside somebody's Cancel().
            _ = _abandoned?.CancelAsync();
        }

        seat.Fail(reason);
    }

    public FlightResult<TValue> Result(bool joined)
    {
        _error?.Throw();
        return new FlightResult<TValue>(_value!, joined, _shared);
    }

    protected override void CopyWaiting(List<FlightNode> into)
    {
        lock (this)
        {
            if (_leaderWaiting is not null)
            {
                into.Add(_leaderWaiting);
            }

            for (var seat = _seats; seat is not null; seat = seat.Next)
            {
                if (seat.Waiting is not null)
                {
                    into.Add(seat.Waiting);
                }
            }
        }
    }

    // An async method for three things that it does and the leader must not see: its task goes on when the leader
    // leaves, a load that throws at once fails like one that throws later, and the ambient flight is undone on return.
    private async Task FlyAsync<TState>(TState state, Func<TKey, TState, CancellationToken, ValueTask<TValue>> load)
    {
        Current = this;
        TValue value;
        try
        {
            value = await load(key, state, _abandoned?.Token ?? CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            Land(default, ExceptionDispatchInfo.Capture(error));
            return;
        }

        Land(value, error: null);
    }

    private void Land(TValue? value, ExceptionDispatchInfo? error)
    {
        // An abandoned flight comes here too: it has no slot and no seats any more, so nobody is told.
        owner.Release(this);
        FlightSeat<TKey, TValue>? seat;
        lock (this)
        {
            _value = value;
            _error = error;
            _shared = _callers > 1;
            seat = _seats;
            _seats = null;
            _leaderWaiting = null;
            _phase = Phase.Landed;
        }

        // A caller alone goes on right here, as it would have after awaiting the load itself. As soon as there are
        // two, none may hold up the other.
        var alone = !_shared;
        while (seat is not null)
        {
            var next = seat.Next;
            seat.Wake(inline: alone);
            seat = next;
        }
    }

    private FlightSeat<TKey, TValue> SeatLeader()
    {
        lock (this)
        {
            var seat = new FlightSeat<TKey, TValue>(this, _leaderWaiting, joined: false);
            if (_phase == Phase.InTheAir)
            {
                _leaderWaiting = null;
                Link(seat);
            }
            else
            {
                seat.Wake(inline: false);
            }

            return seat;
        }
    }

    private void Link(FlightSeat<TKey, TValue> seat)
    {
        seat.Next = _seats;
        _seats?.Previous = seat;
        _seats = seat;
    }

    private void Unlink(FlightSeat<TKey, TValue> seat)
    {
        if (seat.Previous is null)
        {
            _seats = seat.Next;
        }
        else
        {
            seat.Previous.Next = seat.Next;
        }

        seat.Next?.Previous = seat.Previous;
    }
}
