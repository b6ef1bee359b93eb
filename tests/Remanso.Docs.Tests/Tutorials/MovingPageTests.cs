using Microsoft.Extensions.Caching.Hybrid;

namespace Remanso.Docs.Tests.Tutorials;

/// <summary>What <c>docs/tutorials/from-hybridcache-or-fusioncache.md</c> lists.</summary>
public sealed class MovingPageTests : ProgramFolder
{
    [Fact]
    public async Task The_platforms_contract()
    {
        var builder = Declared.Builder();
        builder.Services.AddRemanso().AsHybridCache();

        await Declared.RunAsync(builder, static services => ReadAsync(services.GetRequiredService<HybridCache>()));
    }

    [Fact]
    public async Task A_cache_of_what_you_load()
    {
        var builder = Declared.Builder();
        builder.Services.AddRemanso().AddCache<string, decimal>("prices", cache => cache.WithoutStore = true);

        await Declared.RunAsync(builder, static services => LoadAsync(services.GetRequiredService<ICache<string, decimal>>()));
    }

    [Fact]
    public async Task A_cache_that_writes()
    {
        var builder = Declared.Builder();
        builder.Services.AddRemanso().UseSqlite("shop.db").AddCache<int, Product>("products");

        await Declared.RunAsync(builder, static services => WriteAsync(services.GetRequiredService<ICache<int, Product>>()));
    }

    private static async Task ReadAsync(HybridCache cache)
    {
        var price = await cache.GetOrCreateAsync("price:42", async stop => await LoadPriceAsync(42, stop));
        Assert.Equal(42m, price);
    }

    private static async Task LoadAsync(ICache<string, decimal> prices)
    {
        var price = await prices.GetOrLoadAsync("EUR", async (currency, stop) => await AskTheBankAsync(currency, stop));
        var rate = await prices.GetOrLoadAsync("CHF", async (LoadContext<string, decimal> load, CancellationToken stop) =>
        {
            load.Ttl = TimeSpan.FromMinutes(1);
            return await AskTheBankAsync(load.Key, stop);
        });
        Assert.Equal((3m, 3m), (price.Value, rate.Value));
    }

    private static async Task WriteAsync(ICache<int, Product> products)
    {
        await products.SetAsync(42, new Product("Tea", 4.20m)); // answered by the cache, in the database soon
        var product = await products.GetAsync(42); // this value, in every process, at once
        Assert.Equal(new Product("Tea", 4.20m), product.Value);
    }

    private static ValueTask<decimal> LoadPriceAsync(int id, CancellationToken stop) => ValueTask.FromResult((decimal)id);

    private static ValueTask<decimal> AskTheBankAsync(string currency, CancellationToken stop) =>
        ValueTask.FromResult((decimal)currency.Length);

    private sealed record Product(string Name, decimal Price);
}
