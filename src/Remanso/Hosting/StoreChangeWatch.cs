using Remanso.Stores;

namespace Remanso.Hosting;

/// <summary>Drops the copies of rows that the default store says others have changed.</summary>
/// <param name="feed">Where changes come from.</param>
/// <param name="caches">The caches that the default store backs, by their names.</param>
internal sealed class StoreChangeWatch(IStoreChangeFeed feed, IReadOnlyDictionary<string, CacheRuntime> caches)
    : IStoreChangeObserver,
        IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _running = Task.CompletedTask;

    public void Start() => _running = feed.RunAsync(this, _stop.Token);

    public async Task StopAsync()
    {
        if (!_stop.IsCancellationRequested)
        {
            await _stop.CancelAsync().ConfigureAwait(false);
        }

        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // What changed before anybody listened is in no copy of a process that has just begun, but for the moments since; a
    // shared tier has copies of others, who listened.
    public async ValueTask OnListeningAsync(bool again)
    {
        foreach (var runtime in caches.Values.Where(runtime => again || runtime.Tier.IsLocal))
        {
            await runtime.Removal.DropCopiesAsync(keys: null).ConfigureAwait(false);
        }
    }

    public ValueTask OnChangedAsync(string cache, IReadOnlyList<string> keys) =>
        caches.TryGetValue(cache, out var runtime) ? runtime.Removal.DropCopiesAsync(keys) : ValueTask.CompletedTask;

    public async ValueTask OnAllChangedAsync(string? cache)
    {
        foreach (var (name, runtime) in caches)
        {
            if (cache is null || cache == name)
            {
                await runtime.Removal.DropCopiesAsync(keys: null).ConfigureAwait(false);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stop.Dispose();
    }
}
