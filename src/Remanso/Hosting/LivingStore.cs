using Remanso.Stores;

namespace Remanso.Hosting;

/// <summary>A store as the callers of a cache reach it past the tier: started by its first use, and closed to their
/// writes from the stop on. The flusher has the store itself.</summary>
internal sealed class LivingStore(IBackingStore<string, ReadOnlyMemory<byte>> inner, CacheLife life, Opening opening)
    : IBackingStore<string, ReadOnlyMemory<byte>>
{
    public bool KeepsDeletes => inner.KeepsDeletes;

    public ValueTask InitializeAsync(CancellationToken cancellationToken) => inner.InitializeAsync(cancellationToken);

    public ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    ) => life.IsStarted ? inner.LoadAsync(keys, cancellationToken) : EnterAndLoadAsync(keys, cancellationToken);

    public ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        CancellationToken cancellationToken
    ) => life.IsStopped ? throw new CacheStoppedException(opening.Cache) : inner.SaveAsync(batch, cancellationToken);

    public string? WhyRefused(StoreWrite<string, ReadOnlyMemory<byte>> write) => inner.WhyRefused(write);

    private async ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> EnterAndLoadAsync(
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    )
    {
        await life.EnterAsync(opening, cancellationToken).ConfigureAwait(false);
        return await inner.LoadAsync(keys, cancellationToken).ConfigureAwait(false);
    }
}
