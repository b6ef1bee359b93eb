using Remanso.Stores;

namespace Remanso.Acceptance.Tests.Deployments;

/// <summary>The real store with a place before and one behind each save, where a test may wait or fail; it writes down
/// what the store committed.</summary>
internal sealed class WatchedStores(IStoreProvider inner, WatchPoints points) : IStoreProvider
{
    public string Description => inner.Description;

    public IBackingStore<string, ReadOnlyMemory<byte>> Create(string cache) => new Watched(inner.Create(cache), points);

    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private sealed class Watched(IBackingStore<string, ReadOnlyMemory<byte>> store, WatchPoints points)
        : IBackingStore<string, ReadOnlyMemory<byte>>,
            IHistoryStore
    {
        public IBackingStore<string, ReadOnlyMemory<byte>> WithHistory() => new Watched(((IHistoryStore)store).WithHistory(), points);

        public ValueTask InitializeAsync(CancellationToken cancellationToken) => store.InitializeAsync(cancellationToken);

        public ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
            IReadOnlyList<string> keys,
            CancellationToken cancellationToken
        ) => store.LoadAsync(keys, cancellationToken);

        public async ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
            IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
            CancellationToken cancellationToken
        )
        {
            await points.BeforeSave();
            var outcomes = await store.SaveAsync(batch, cancellationToken);
            for (var i = 0; i < outcomes.Count; i++)
            {
                points.Saved.Enqueue((batch[i].Key, batch[i].Version, outcomes[i].Kind));
            }

            await points.AfterSave();
            return outcomes;
        }
    }
}
