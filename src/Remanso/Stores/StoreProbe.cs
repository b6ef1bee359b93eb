namespace Remanso.Stores;

/// <summary>Asks the store of a process that does not flush, from time to time, so that it knows of an outage before
/// its readers do, and of the end of one without them.</summary>
internal sealed class StoreProbe(IBackingStore<string, ReadOnlyMemory<byte>> store, StoreHealth health, TimeProvider time)
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(4);

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(_interval, time, stop).ConfigureAwait(false);
            await AskAsync(stop).ConfigureAwait(false);
        }
    }

    private async Task AskAsync(CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(_patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        try
        {
            // A key that it was asked for is one that it can read; before the first there is what a start does.
            await (health.KnownKey is { } key ? LoadAsync(key, either.Token) : store.InitializeAsync(either.Token).AsTask())
                .WaitAsync(either.Token)
                .ConfigureAwait(false);
            health.Answered();
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            health.Failed(new StoreException($"it did not answer within {_patience.TotalSeconds} s", isTransient: true));
        }
        catch (Exception exception) when (!stop.IsCancellationRequested)
        {
            health.Failed(exception);
        }
    }

    private async Task LoadAsync(string key, CancellationToken cancellationToken) =>
        await store.LoadAsync([key], cancellationToken).ConfigureAwait(false);
}
