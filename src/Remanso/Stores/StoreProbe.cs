namespace Remanso.Stores;

/// <summary>Asks the store of a process that does not flush, from time to time, so that it knows of an outage before
/// its readers do, and of the end of one without them.</summary>
internal sealed class StoreProbe(IBackingStore<string, ReadOnlyMemory<byte>> store, StoreHealth health, TimeProvider time)
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(4);

    public async Task RunAsync(CancellationToken stop)
    {
        // On another thread: a store may block it for as long as it likes.
        var question = new StoreQuestion(token => new(Task.Run(() => AskAsync(token), CancellationToken.None)), _patience, time);
        while (true)
        {
            await Task.Delay(_interval, time, stop).ConfigureAwait(false);
            try
            {
                if (await question.AskAsync(stop).ConfigureAwait(false))
                {
                    health.Answered();
                }
                else
                {
                    health.Failed(NoAnswer());
                }
            }
            catch (OperationCanceledException) when (!stop.IsCancellationRequested)
            {
                health.Failed(NoAnswer());
            }
            catch (Exception exception) when (!stop.IsCancellationRequested)
            {
                health.Failed(exception);
            }
        }
    }

    private static StoreException NoAnswer() => new($"it did not answer within {_patience.TotalSeconds} s", isTransient: true);

    private async Task AskAsync(CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(_patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        // A key that it was asked for is one that it can read; before the first there is what a start does.
        if (health.KnownKey is { } key)
        {
            await store.LoadAsync([key], either.Token).ConfigureAwait(false);
        }
        else
        {
            await store.InitializeAsync(either.Token).ConfigureAwait(false);
        }
    }
}
