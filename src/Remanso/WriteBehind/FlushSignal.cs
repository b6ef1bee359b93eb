using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>Wakes the flusher before its interval is over. Signals that come while one is unheard count as one.</summary>
/// <param name="time">The clock.</param>
/// <param name="holds">Whether a partition is this worker's to flush; unless given, all are. Wishes for others are theirs to hear, and
/// who takes a partition over looks into it.</param>
internal sealed class FlushSignal(TimeProvider time, Func<int, bool>? holds = null) : ITierObserver
{
    private TaskCompletionSource _wanted = New();
    private TaskCompletionSource _dirty = New();
    private bool _isUrgent;

    // Completed while it is not at rest.
    private volatile TaskCompletionSource _rest = Ended();

    public bool HearsChanges => false;

    /// <summary>Whether it waits until something is dirty.</summary>
    public bool IsAtRest => !EndOfRest.IsCompleted;

    /// <summary>Completes when it is not at rest.</summary>
    public Task EndOfRest => _rest.Task;

    /// <summary>Asks for a flush now.</summary>
    /// <param name="isUrgent">Whether somebody waits for it.</param>
    public void Set(bool isUrgent)
    {
        if (isUrgent)
        {
            // Before the signal: who hears it sees this.
            Volatile.Write(ref _isUrgent, true);
        }

        Volatile.Read(ref _wanted).TrySetResult();
    }

    /// <summary>Waits for a signal or the end of <paramref name="atMost"/>.</summary>
    /// <returns>Whether somebody waits for a flush.</returns>
    public async ValueTask<bool> WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        var wanted = Volatile.Read(ref _wanted);
        await WaitAsync(wanted.Task, atMost, cancellationToken).ConfigureAwait(false);
        if (wanted.Task.IsCompleted)
        {
            // Exchanged before the flush looks into the queues: a signal from now on is heard by the next wait.
            Volatile.Write(ref _wanted, New());
        }

        return Interlocked.Exchange(ref _isUrgent, false);
    }

    /// <summary>Waits until something is dirty or a flush is wanted; not at all where something is dirty.</summary>
    /// <param name="isClean">Whether nothing is dirty now.</param>
    /// <param name="atMost">How long to wait at most.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async ValueTask RestAsync(Func<ValueTask<bool>> isClean, TimeSpan atMost, CancellationToken cancellationToken)
    {
        // Before the look: what becomes dirty after it is heard.
        var dirty = New();
        Volatile.Write(ref _dirty, dirty);
        if (!await isClean().ConfigureAwait(false))
        {
            return;
        }

        var rest = New();
        _rest = rest;
        try
        {
            await WaitAsync(Task.WhenAny(dirty.Task, Volatile.Read(ref _wanted).Task), atMost, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            rest.TrySetResult();
        }
    }

    public void OnDirty() => Volatile.Read(ref _dirty).TrySetResult();

    public void OnFlushWanted(bool isUrgent, int? partition)
    {
        if (partition is not { } wanted || holds is null || holds(wanted))
        {
            Set(isUrgent);
        }
    }

    // It may have been urgent; but who waits says so again.
    public void OnMissed() => Set(isUrgent: false);

    private async ValueTask WaitAsync(Task signal, TimeSpan atMost, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (!signal.IsCompleted)
        {
            // Not Task.Delay, which knows whole milliseconds only: passes would drift.
            var ended = New();
            using var timer = time.CreateTimer(
                static ended => ((TaskCompletionSource)ended!).TrySetResult(),
                ended,
                atMost,
                Timeout.InfiniteTimeSpan
            );
            await Task.WhenAny(signal, ended.Task).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static TaskCompletionSource Ended()
    {
        var ended = New();
        ended.SetResult();
        return ended;
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
