using Remanso.Stores;

namespace Remanso.Benchmarks.Scale;

/// <summary>A store that costs nothing, and takes nothing while it is held, so that entries stay dirty.</summary>
internal sealed class HeldStore : IStoreProvider, IBackingStore<string, ReadOnlyMemory<byte>>
{
    private TaskCompletionSource _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Description => "nothing";

    public IBackingStore<string, ReadOnlyMemory<byte>> Create(string cache) => this;

    public void Hold() => _open = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release() => _open.TrySetResult();

    public ValueTask InitializeAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    ) => new([]);

    public async ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        CancellationToken cancellationToken
    )
    {
        await _open.Task.WaitAsync(cancellationToken);
        return new SaveOutcome[batch.Count];
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
