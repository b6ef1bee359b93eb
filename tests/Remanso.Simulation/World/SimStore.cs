using Remanso.Stores;

namespace Remanso.Simulation.World;

/// <summary>The database as one process sees it.</summary>
internal sealed class SimStore(SimKernel kernel, Dice dice, StoreServer server, Host client, NetworkWeather weather)
    : IBackingStore<string, ReadOnlyMemory<byte>>
{
    private readonly Wire _wire = new(kernel, dice, client, server.Host, weather, static _ => new StoreException(
        "The database does not answer.",
        isTransient: true
    ));

    public async ValueTask InitializeAsync(CancellationToken cancellationToken) =>
        await _wire.CallAsync("initialize", static () => new ValueTask<bool>(true), cancellationToken).ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    ) =>
        await _wire
            .CallAsync(
                new CallName("load", kernel.Trace is null ? null : string.Join(' ', keys)),
                () => new ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>>(server.Load(keys)),
                cancellationToken
            )
            .ConfigureAwait(false);

    public async ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        CancellationToken cancellationToken
    )
    {
        server.UnderWay.AddRange(batch);
        return await _wire
            .CallAsync(
                new CallName("save", kernel.Trace is null ? null : string.Join(' ', batch.Select(static write => write.Key))),
                () =>
                {
                    batch.ToList().ForEach(write => server.UnderWay.Remove(write));
                    return new ValueTask<IReadOnlyList<SaveOutcome>>(server.Save(batch));
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }
}
