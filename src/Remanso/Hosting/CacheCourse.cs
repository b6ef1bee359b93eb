using Microsoft.Extensions.Logging;
using Remanso.Common;
using Remanso.Processes;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tiers;
using Remanso.WriteBehind;

namespace Remanso.Hosting;

// States:
//   not started --start: tier and store are open--------> ready
//   not started --start: one of them can't be reached---> opening: it serves, and they are tried ever more rarely
//   opening     --both are open-------------------------> ready
//   not started --start: what no waiting mends----------> not started; the start throws, and there may be another one
//   all         --stop----------------------------------> stopped
//
// Loops that watch run from the start, those that flush once it is ready. A stop ends all of them; a pass that is under way
// has until the deadline, and so has the last flush. What does not heed it is left to itself a second later.

/// <summary>The course of one cache: it starts, becomes ready, runs its loops, and stops with a last flush.</summary>
/// <param name="parts">The cache.</param>
/// <param name="opening">What makes its tier and its store ready.</param>
internal sealed class CacheCourse(CacheParts parts, Opening opening) : IDisposable
{
    // How long after the deadline of a stop what heeds it has ended.
    private static readonly TimeSpan _afterDeadline = TimeSpan.FromSeconds(1);

    private readonly ICacheTier _tier = parts.AtOnce;
    private readonly FlushOptions _options = parts.Options.Flush;
    private readonly TimeProvider _time = parts.Time;
    private readonly ILogger _logger = parts.Logger;
    private readonly CacheCounters _counters = parts.Counters;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _deadline = new(Timeout.InfiniteTimeSpan, parts.Time);
    private Task _running = Task.CompletedTask;
    private bool _isStarted;
    private volatile bool _isReady;
    private volatile string? _problem = "not started";
    private volatile Exception? _cause;

    /// <summary>What tells others of this process.</summary>
    public required ProcessBeat Beat { get; init; }

    /// <summary>Null where this process does not flush, or the cache has no store.</summary>
    public required Flusher? Flusher { get; init; }

    /// <summary>What runs from the start to the stop.</summary>
    public required IReadOnlyList<Func<CancellationToken, Task>> Watching { get; init; }

    /// <summary>What runs from when it is ready to the stop, beside the flusher.</summary>
    public required IReadOnlyList<Func<CancellationToken, Task>> OnceReady { get; init; }

    /// <summary>Why it is not ready, or what of it has ended; or null.</summary>
    public string? Problem => _problem;

    /// <summary>When it was started, since 1970; zero before.</summary>
    public TimeSpan StartedAt { get; private set; }

    /// <summary>Ends what runs.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Ends what a stop waits for.</summary>
    public CancellationToken Deadline => _deadline.Token;

    /// <summary>Initialises tier and store and begins to flush. What can't be mended by waiting (a refused setting, a
    /// read-only folder) is thrown; what can (a database that is not up yet) is tried again in the background, while
    /// the cache already serves.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_isStarted)
        {
            // The start of another cache failed, and all are started again.
            return;
        }

        _problem = null;
        try
        {
            await opening.RunAsync(cancellationToken).ConfigureAwait(false);
            await (Flusher?.LookAsync(cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
            _running = RunAsync(initialized: true);
        }
        catch (Exception exception) when (exception is TierUnavailableException or StoreException { IsTransient: true })
        {
            _cause = exception;
            _problem = exception.Message;
            _running = RunAsync(initialized: false);
        }
        catch (Exception exception)
        {
            // Thrown, and told to whoever asks a process that goes on without this cache.
            _problem = exception.Message;
            opening.SetFailed(exception);
            throw;
        }

        StartedAt = _time.GetUtcNow() - DateTimeOffset.UnixEpoch;
        _isStarted = true;
        opening.SetReady();
    }

    /// <summary>Makes ready for another start, after one that failed.</summary>
    public void ForgetFailedStart() => opening.ForgetFailure();

    /// <summary>Ends flushing, after a last one: of all that is dirty in this process, or of what this process is to
    /// flush in a shared tier. To be called once no write is accepted any more.</summary>
    public async Task StopAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        _deadline.CancelAfter(_options.StopTimeout);
        await _stop.CancelAsync().ConfigureAwait(false);
        var flushing = Task.Run(FlushLastAsync);
        await ((Task)flushing)
            .WaitAsync(_options.StopTimeout + _afterDeadline, _time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (flushing.IsCompleted)
        {
            NoteLeft(await flushing.ConfigureAwait(false));
            return;
        }

        // A store that does not heed its token, or keeps its thread: what it still does is guarded, so it may come
        // back whenever it wants.
        _logger.StopHeldUp(_tier.Cache, _options.StopTimeout);
        NoteLeft(_tier.IsLocal ? await _tier.GetDirtyAsync(CancellationToken.None).ConfigureAwait(false) : default);
    }

    public void Dispose()
    {
        _stop.Dispose();
        _deadline.Dispose();
    }

    private async Task<DirtySummary> FlushLastAsync()
    {
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            if (Flusher is null || !_isStarted)
            {
                return default;
            }

            await TryGetReadyAsync(_deadline.Token).ConfigureAwait(false);
            return await Flusher.DrainAsync(_deadline.Token).ConfigureAwait(false);
        }
        finally
        {
            await Beat.LeaveAsync(_deadline.Token).ConfigureAwait(false);
        }
    }

    // A database that has come up since the last try may still get what is dirty.
    private async Task TryGetReadyAsync(CancellationToken deadline)
    {
        if (_isReady || !_tier.IsLocal)
        {
            return;
        }

        try
        {
            await opening.RunAsync(deadline).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _problem = exception.Message;
        }
    }

    private void NoteLeft(DirtySummary left)
    {
        var isLost = _tier.IsLocal && _tier.WhyNot(Durability.Logged) is not null;
        // One whose last commit failed has those of before.
        if (isLost && left.DeadLetters > 0 && _tier is not MemoryTier { HasJournal: true })
        {
            _logger.StoppedWithDeadLetters(_tier.Cache, left.DeadLetters);
        }

        if (left.Entries == 0)
        {
            return;
        }

        _counters.LeftAtStop.Add(left.Entries);
        if (!_tier.IsLocal)
        {
            _logger.StoppedShared(_tier.Cache, left.Entries, left.Bytes);
        }
        else if (isLost)
        {
            _logger.StoppedDirty(_tier.Cache, left.Entries, left.Bytes);
        }
        else
        {
            _logger.StoppedKept(_tier.Cache, left.Entries, left.Bytes);
        }
    }

    private async Task RunAsync(bool initialized)
    {
        // The caller goes on: a start waits for what can fail for good, not for passes.
        await Task.Yield();
        var watching = Task.WhenAll(Watching.Append(Beat.RunAsync).Select(KeepAsync));
        try
        {
            for (var attempt = 1; !initialized; attempt++)
            {
                var delay = Backoff.Delay(attempt, _options.FirstBackoff, _options.MaxBackoff, Chance.NextDouble());
                _logger.StartFailed(_tier.Cache, delay, _problem ?? string.Empty, StoreErrors.Unforeseen(_cause));
                await Task.Delay(delay, _time, _stop.Token).ConfigureAwait(false);
                initialized = await TryInitializeAsync().ConfigureAwait(false);
            }

            _isReady = true;
            await Task.WhenAll(OnceReady.Prepend(FlushAsync).Select(KeepAsync)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped before it was ready.
        }

        await watching.ConfigureAwait(false);
    }

    private Task FlushAsync(CancellationToken stop) => Flusher?.RunAsync(stop, _deadline.Token) ?? Task.CompletedTask;

    // No loop ends before the stop, for what it meets is tried again. One that does all the same is told, for it leaves
    // its work undone while the cache goes on; and it must not keep the stop from flushing.
    private async Task KeepAsync(Func<CancellationToken, Task> loop)
    {
        try
        {
            await loop(_stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped.
        }
        catch (Exception exception)
        {
            _problem = "a part of it has ended, so restart the process: " + exception.Message;
            _logger.PartEnded(_tier.Cache, exception);
        }
    }

    private async ValueTask<bool> TryInitializeAsync()
    {
        try
        {
            await opening.RunAsync(_stop.Token).ConfigureAwait(false);
            _problem = null;
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !_stop.IsCancellationRequested)
        {
            // Also where a stop came meanwhile: what kept it from starting must not keep it from stopping.
            _cause = exception;
            _problem = exception.Message;
            return false;
        }
    }
}
