using Remanso.Tiers;

namespace Remanso.WriteBehind;

/// <summary>Wakes the flusher before its interval is over. Signals that come while one is unheard count as one.</summary>
internal sealed class FlushSignal(TimeProvider time) : ITierObserver
{
    private TaskCompletionSource _wanted = New();

    public bool HearsChanges => false;

    /// <summary>Asks for a flush now.</summary>
    public void Set() => Volatile.Read(ref _wanted).TrySetResult();

    /// <summary>Waits for a signal or the end of <paramref name="atMost"/>.</summary>
    public async ValueTask WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
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
    }

    public void OnFlushWanted() => Set();

    public void OnMissed() => Set();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
