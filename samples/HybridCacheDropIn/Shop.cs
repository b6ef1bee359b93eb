using Microsoft.Extensions.Caching.Hybrid;

/// <summary>An application as it is: it knows the platform's <see cref="HybridCache"/>, and nothing of Remanso.</summary>
internal sealed class Shop(HybridCache cache, Warehouse warehouse)
{
    public ValueTask<Product> FindAsync(int number, CancellationToken stop = default) =>
        cache.GetOrCreateAsync(
            $"product:{number}",
            (warehouse, number),
            static (state, token) => state.warehouse.FindAsync(state.number, token),
            tags: ["products"],
            cancellationToken: stop
        );

    public ValueTask ForgetPricesAsync(CancellationToken stop = default) => cache.RemoveByTagAsync("products", stop);
}
