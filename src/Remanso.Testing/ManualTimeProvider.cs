using System.Globalization;
using System.Runtime.CompilerServices;

namespace Remanso.Testing;

/// <summary>
/// A clock that stands still until a test moves it. Timers fire in the order in which they are due (ties: in the order
/// in which they were armed), on the thread that calls <see cref="Advance"/>, with the clock showing their due time.
/// </summary>
/// <remarks>
/// <para>
/// A test never sleeps: it waits with <see cref="WaitForTimersAsync"/> until the code under test has armed what it
/// is about to wait for, then advances. Safe for use by many threads; concurrent advances run one after the other.
/// </para>
/// <para>
/// Unlike the system's, a timer due at once (<see cref="TimeSpan.Zero"/>) fires at the next advance, be it by zero:
/// firing inside <see cref="CreateTimer"/> would run a callback under whatever lock its creator holds.
/// </para>
/// </remarks>
public sealed class ManualTimeProvider : TimeProvider
{
    // Not zero, and unlike UTC: code that takes 0 for "never", or mixes timestamps with UTC ticks, should fail here.
    private const long FirstTimestamp = TimeSpan.TicksPerHour;
    private static readonly TimeSpan _longestTimer = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly Lock _advancing = new();
    private readonly Lock _gate = new();
    private readonly DateTimeOffset _start;
    private readonly SortedSet<ManualTimer> _armed = new(ManualTimer.FirstDue);
    private readonly List<(int Count, TaskCompletionSource Armed)> _waiting = [];
    private long _elapsed;
    private long _wallClockShift;
    private long _order;

    /// <summary>Starts at noon UTC on 1 January 2025.</summary>
    public ManualTimeProvider()
        : this(new DateTimeOffset(2025, 1, 1, 12, 0, 0, TimeSpan.Zero)) { }

    /// <summary>Starts at <paramref name="start"/>.</summary>
    public ManualTimeProvider(DateTimeOffset start) => _start = start.ToUniversalTime();

    /// <summary>10 MHz: one unit of a timestamp is one tick (100 ns).</summary>
    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>UTC, wherever the tests run.</summary>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Timers that will fire if time moves far enough.</summary>
    public int ArmedTimers
    {
        get
        {
            lock (_gate)
            {
                return _armed.Count;
            }
        }
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate)
        {
            return _start.AddTicks(_elapsed + _wallClockShift);
        }
    }

    /// <summary>Ticks that passed by <see cref="Advance"/>, from an arbitrary origin; never goes back.</summary>
    public override long GetTimestamp() => FirstTimestamp + Volatile.Read(ref _elapsed);

    /// <summary>
    /// Moves time on by <paramref name="by"/> (zero or more) and fires every timer that falls due, also those that
    /// the callbacks arm on the way. An exception of a callback ends the advance there and reaches the caller.
    /// </summary>
    public void Advance(TimeSpan by)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(by, TimeSpan.Zero);
        // Held while callbacks run, so that two advances can't fire timers out of order; re-entrant for a callback
        // that advances.
        lock (_advancing)
        {
            var target = _elapsed + by.Ticks;
            while (TakeDue(target) is { } timer)
            {
                timer.Fire();
            }

            lock (_gate)
            {
                _elapsed = Math.Max(_elapsed, target);
            }
        }
    }

    /// <summary>Moves time on until a task has ended that waits for it: the end of an application, say, whose database
    /// went first. Its last flush tries again until a deadline on this clock, so it would wait for ever.</summary>
    /// <param name="ending">The task. Its error reaches the caller.</param>
    /// <param name="patience">How much real time it has to end by itself before the clock moves; 1 s unless given.</param>
    public async Task AdvanceUntilAsync(Task ending, TimeSpan? patience = null)
    {
        ArgumentNullException.ThrowIfNull(ending);
        var real = patience ?? TimeSpan.FromSeconds(1);
        while (await Task.WhenAny(ending, Task.Delay(real, System)).ConfigureAwait(false) != ending)
        {
            Advance(TimeSpan.FromSeconds(5));
            real = TimeSpan.FromMilliseconds(1);
        }

        await ending.ConfigureAwait(false);
    }

    /// <summary>
    /// Sets the wall clock (<see cref="GetUtcNow"/>) forward or back, as an administrator or NTP does; timestamps and
    /// timers do not notice.
    /// </summary>
    public void ShiftWallClock(TimeSpan by)
    {
        lock (_gate)
        {
            _wallClockShift += by.Ticks;
        }
    }

    /// <summary>
    /// Completes as soon as <paramref name="count"/> or more timers are armed at once. Fails with a
    /// <see cref="TimeoutException"/> that says how many are, if that takes longer than <paramref name="patience"/> of
    /// real time (10 s unless given).
    /// </summary>
    public async Task WaitForTimersAsync(int count, TimeSpan? patience = null)
    {
        var armed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            if (_armed.Count >= count)
            {
                return;
            }

            _waiting.Add((count, armed));
        }

        try
        {
            await armed.Task.WaitAsync(patience ?? TimeSpan.FromSeconds(10), System).ConfigureAwait(false);
        }
        catch (TimeoutException late)
        {
            var message = string.Create(CultureInfo.InvariantCulture, $"Waited for {count} armed timers; {ArmedTimers} are armed.");
            throw new TimeoutException(message, late);
        }
        finally
        {
            lock (_gate)
            {
                _waiting.RemoveAll(waiter => waiter.Armed == armed);
            }
        }
    }

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private ManualTimer? TakeDue(long target)
    {
        lock (_gate)
        {
            if (_armed.Min is not { } timer || timer.Due > target)
            {
                return null;
            }

            _armed.Remove(timer);
            _elapsed = Math.Max(_elapsed, timer.Due);
            if (timer.Period > TimeSpan.Zero)
            {
                Arm(timer, timer.Due + timer.Period.Ticks);
            }

            return timer;
        }
    }

    private void Arm(ManualTimer timer, long due)
    {
        timer.Due = due;
        timer.Order = ++_order;
        _armed.Add(timer);
        foreach (var (count, armed) in _waiting)
        {
            if (_armed.Count >= count)
            {
                armed.TrySetResult();
            }
        }
    }

    /// <summary>A timer; its state is guarded by the provider's gate.</summary>
    private sealed class ManualTimer(ManualTimeProvider time, TimerCallback callback, object? state) : ITimer
    {
        public static readonly Comparer<ManualTimer> FirstDue = Comparer<ManualTimer>.Create(
            static (left, right) => left.Due != right.Due ? left.Due.CompareTo(right.Due) : left.Order.CompareTo(right.Order)
        );

        // As the system's timers do, so that ambient values reach callbacks from where the timer was made.
        private readonly ExecutionContext? _context = ExecutionContext.Capture();
        private bool _disposed;

        public long Due { get; set; }

        public long Order { get; set; }

        public TimeSpan Period { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            Validate(dueTime);
            Validate(period);
            lock (time._gate)
            {
                if (_disposed)
                {
                    return false;
                }

                time._armed.Remove(this);
                Period = period;
                if (dueTime != Timeout.InfiniteTimeSpan)
                {
                    time.Arm(this, time._elapsed + dueTime.Ticks);
                }

                return true;
            }
        }

        public void Fire()
        {
            if (_context is null)
            {
                callback(state);
            }
            else
            {
                ExecutionContext.Run(_context, static self => ((ManualTimer)self!).Invoke(), this);
            }
        }

        public void Dispose()
        {
            lock (time._gate)
            {
                _disposed = true;
                time._armed.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }

        private void Invoke() => callback(state);

        private static void Validate(TimeSpan value, [CallerArgumentExpression(nameof(value))] string? name = null)
        {
            if (value != Timeout.InfiniteTimeSpan && (value < TimeSpan.Zero || value > _longestTimer))
            {
                throw new ArgumentOutOfRangeException(name, value, "A timer takes 0 to 4,294,967,294 ms, or infinite.");
            }
        }
    }
}
