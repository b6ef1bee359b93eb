using Remanso.Common;
using Remanso.Telemetry;

namespace Remanso.Hosting;

// The life of all caches of a process.
//
// States: not started, running, stopping, over. Whoever comes first starts the caches: the host, before any of its
// services, or the first call of a cache, where there is no host or a service is earlier than it. A start that failed
// is forgotten, so that the next call tries again. A stop is begun once; all who ask for it share it.
//
// Circles. The start waits for every store, and a store's connection may need a cache: for a token instead of a password,
// say. So a cache without a store waits for its own tier alone (Opening.Ready), whoever asks. One with a store can't be had
// then: it is refused where a store that is being opened asks for it.
//
// Invariants. A write is accepted only while the caches run: one that is under way when the stop begins is waited for
// before anything is drained, and one that comes later is refused. So no write is accepted that the drain does not see.
// Readers are refused only after the end.
//
// A write costs two additions to counters of its own thread, without a fence: the stop, which is rare, makes all
// threads' additions visible instead (MemoryBarrierProcessWide). Either a writer sees the stop, or the stop sees the
// writer.
//
// Best effort: the wait for writes under way ends with the stop's deadline. A remote tier that hangs can't hold up a stop for ever.

/// <summary>Starts the caches of a process with their first use, and lets no write past their stop.</summary>
internal sealed class CacheLife(Func<CancellationToken, Task> start, Func<Task> stop, TimeProvider time) : IDisposable
{
    // Only a store whose initialisation ignores its token takes longer.
    private static readonly TimeSpan _startPatience = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly ThreadCounter _entered = new();
    private readonly ThreadCounter _left = new();
    private volatile TaskCompletionSource? _someoneLeft;
    private volatile Phase _phase;
    private Task? _start;
    private Task? _stop;

    private enum Phase
    {
        New,
        Running,
        Stopping,
        Over,
    }

    /// <summary>Whether calls may pass without waiting for a start.</summary>
    public bool IsStarted => _phase is Phase.Running or Phase.Stopping;

    /// <summary>Whether the stop has begun.</summary>
    public bool IsStopped => _phase >= Phase.Stopping;

    /// <summary>Starts the caches unless that was done; to be called by whatever needs one of them.</summary>
    /// <exception cref="ObjectDisposedException">They are disposed of.</exception>
    /// <exception cref="CacheConfigurationException">It is asked for by a store that the start waits for.</exception>
    public ValueTask EnterAsync(Opening asked, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_phase == Phase.Over, typeof(ICacheRegistry));
        return IsStarted ? ValueTask.CompletedTask : new ValueTask(StartForAsync(asked, cancellationToken));
    }

    /// <summary>Starts the caches unless that was done. Giving up the wait leaves the start under way for the others.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => Starting().WaitAsync(cancellationToken);

    /// <summary>Begins a write. Where the result is false, nothing was begun: the caches are not started yet, or stopped.</summary>
    public bool TryBeginWrite()
    {
        if (_phase != Phase.Running)
        {
            return false;
        }

        // The second look counts: from the addition on, the stop sees this writer.
        _entered.Add();
        if (_phase == Phase.Running)
        {
            return true;
        }

        EndWrite();
        return false;
    }

    /// <summary>Ends a write that was begun.</summary>
    public void EndWrite()
    {
        _left.Add();
        if (_phase != Phase.Running)
        {
            _someoneLeft?.TrySetResult();
        }
    }

    /// <summary>Begins a write where <see cref="TryBeginWrite"/> could not: after the start.</summary>
    /// <exception cref="CacheStoppedException">The stop has begun.</exception>
    /// <exception cref="CacheConfigurationException">It is asked for by a store that the start waits for.</exception>
    public async ValueTask BeginWriteAsync(Opening asked, CancellationToken cancellationToken)
    {
        if (!IsStarted && !IsStopped)
        {
            await StartForAsync(asked, cancellationToken).ConfigureAwait(false);
        }

        // Perhaps the others are not started yet: from the addition on, the stop sees this writer all the same.
        _entered.Add();
        if (IsStopped)
        {
            EndWrite();
            throw new CacheStoppedException(asked.Cache);
        }
    }

    /// <summary>Refuses writes from now on, and stops the caches; once, whoever asks.</summary>
    /// <param name="patience">How long writes under way are waited for.</param>
    public Task StopAsync(TimeSpan patience)
    {
        lock (_gate)
        {
            // On the pool: nobody's context, and nobody's lock is held.
            return _stop ??= Task.Run(() => RunStopAsync(patience));
        }
    }

    /// <summary>From now on everything is refused.</summary>
    public void End() => _phase = Phase.Over;

    public void Dispose() => _stopping.Dispose();

    private Task StartForAsync(Opening asked, CancellationToken cancellationToken)
    {
        if (asked.HasStore)
        {
            asked.ThrowIfAStoreAsks();
            return StartAsync(cancellationToken);
        }

        if (asked.Ready.IsCompletedSuccessfully)
        {
            return Task.CompletedTask;
        }

        // In this order: a failure of an earlier start is forgotten before the next one begins.
        var starting = Starting();
        return Task.WhenAny(asked.Ready, starting).Unwrap().WaitAsync(cancellationToken);
    }

    private Task Starting()
    {
        lock (_gate)
        {
            return _phase == Phase.New ? _start ??= BeginStart() : Task.CompletedTask;
        }
    }

    private Task BeginStart()
    {
        var starting = RunApart();
        // Perhaps all who wait for it give up, and none hears how it ends.
        starting.Forget();
        return starting;
    }

    private Task RunApart()
    {
        // What runs from now on is not the caller's: neither its activity nor its other ambient values.
        if (ExecutionContext.IsFlowSuppressed())
        {
            return Task.Run(RunStartAsync);
        }

        using (ExecutionContext.SuppressFlow())
        {
            return Task.Run(RunStartAsync);
        }
    }

    private async Task RunStartAsync()
    {
        try
        {
            await start(_stopping.Token).ConfigureAwait(false);
            lock (_gate)
            {
                _phase = _phase == Phase.New ? Phase.Running : _phase;
            }
        }
        catch
        {
            lock (_gate)
            {
                _start = null;
            }

            throw;
        }
    }

    private async Task RunStopAsync(TimeSpan patience)
    {
        Task? starting;
        lock (_gate)
        {
            _phase = Phase.Stopping;
            starting = _start;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await (starting ?? Task.CompletedTask).WaitAsync(_startPatience, time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await WaitForWritesAsync(patience).ConfigureAwait(false);
        await stop().ConfigureAwait(false);
    }

    private async Task WaitForWritesAsync(TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience, time);
        try
        {
            while (true)
            {
                var someone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                _someoneLeft = someone;
                Interlocked.MemoryBarrierProcessWide();
                if (!HasWrites())
                {
                    return;
                }

                await someone.Task.WaitAsync(deadline.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // A tier that hangs: such a write may be accepted by it later, and is its own to keep.
        }
    }

    private bool HasWrites()
    {
        // In this order: one that ends in between is taken for one under way, not the other way round.
        var left = _left.Value;
        return _entered.Value != left;
    }
}
