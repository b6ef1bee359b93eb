using Remanso.Stores;

namespace Remanso.Tests.Support;

/// <summary>A feed whose changes the test tells.</summary>
internal sealed class ManualChangeFeed : IStoreChangeFeed
{
    private readonly TaskCompletionSource<IStoreChangeObserver> _observer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Who listens.</summary>
    public Task<IStoreChangeObserver> Observer => _observer.Task;

    public async Task RunAsync(IStoreChangeObserver observer, CancellationToken stop)
    {
        _observer.SetResult(observer);
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
