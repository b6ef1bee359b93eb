using Remanso.Stores;

namespace Remanso.Hosting;

// Of loads and saves, nothing is captured before it is known that there is something to run apart from, so that all others
// pay nothing.

/// <summary>A store that takes no part in the transactions of the cache's callers (<see cref="Apart"/>).</summary>
internal sealed class ApartStore(IBackingStore<string, ReadOnlyMemory<byte>> inner) : IBackingStore<string, ReadOnlyMemory<byte>>
{
    public bool KeepsDeletes => inner.KeepsDeletes;

    /// <remarks>On another thread in any case: a store may block it for as long as it likes, and whoever asks has a time-out.</remarks>
    public ValueTask InitializeAsync(CancellationToken cancellationToken) =>
        Apart.IsNeeded
            ? InitializeApartAsync(cancellationToken)
            : new(Task.Run(() => inner.InitializeAsync(cancellationToken).AsTask(), CancellationToken.None));

    public ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    ) => Apart.IsNeeded ? LoadApartAsync(keys, cancellationToken) : inner.LoadAsync(keys, cancellationToken);

    public ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        CancellationToken cancellationToken
    ) => Apart.IsNeeded ? SaveApartAsync(batch, cancellationToken) : inner.SaveAsync(batch, cancellationToken);

    public string? WhyRefused(StoreWrite<string, ReadOnlyMemory<byte>> write) => inner.WhyRefused(write);

    private ValueTask InitializeApartAsync(CancellationToken cancellationToken) =>
        new(
            Apart.RunAsync(async () =>
            {
                await inner.InitializeAsync(cancellationToken).ConfigureAwait(false);
                return true;
            })
        );

    private ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadApartAsync(
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    ) => new(Apart.RunAsync(() => inner.LoadAsync(keys, cancellationToken)));

    private ValueTask<IReadOnlyList<SaveOutcome>> SaveApartAsync(
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        CancellationToken cancellationToken
    ) => new(Apart.RunAsync(() => inner.SaveAsync(batch, cancellationToken)));
}
