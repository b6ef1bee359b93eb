using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>Wakes the flusher before its interval is over. Signals that come while one is unheard count as one.</summary>
internal sealed class FlushSignal(TimeProvider time) : ITierObserver
{
    private TaskCompletionSource _wanted = New();
    private bool _isUrgent;

    public bool HearsChanges => false;

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
        if (!wanted.Task.IsCompleted)
        {
            using var delay = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(wanted.Task, Task.Delay(atMost, time, delay.Token)).ConfigureAwait(false);
            await delay.CancelAsync().ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        if (wanted.Task.IsCompleted)
        {
            // Exchanged before the flush looks into the queues: a signal from now on is heard by the next wait.
            Volatile.Write(ref _wanted, New());
        }

        return Interlocked.Exchange(ref _isUrgent, false);
    }

    public void OnFlushWanted(bool isUrgent) => Set(isUrgent);

    // It may have been urgent.
    public void OnMissed() => Set(isUrgent: true);

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
