using Remanso.Stores;

namespace Remanso.Benchmarks.Workloads;

/// <summary>Holds nothing and takes everything, so that only the cache is measured.</summary>
internal sealed class NullStore : IStoreProvider, IBackingStore<string, ReadOnlyMemory<byte>>
{
    public string Description => "nothing";

    public IBackingStore<string, ReadOnlyMemory<byte>> Create(string cache) => this;

    public ValueTask InitializeAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    ) => new([]);

    public ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        CancellationToken cancellationToken
    ) => new(new SaveOutcome[batch.Count]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
