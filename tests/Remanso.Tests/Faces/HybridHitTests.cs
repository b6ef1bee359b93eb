using Microsoft.Extensions.Caching.Hybrid;
using Remanso.Conformance.Faces;
using Xunit;

namespace Remanso.Tests.Faces;

public sealed class HybridHitTests : IAsyncDisposable
{
    private readonly MemoryFaceHarness _harness = new();

    public ValueTask DisposeAsync() => _harness.DisposeAsync();

    [Fact]
    public async Task A_hit_of_a_shared_value_allocates_nothing()
    {
        var cache = (await _harness.StartAsync(static builder => builder.AsHybridCache())).Get<HybridCache>();
        await cache.SetAsync("text", "a", cancellationToken: TestContext.Current.CancellationToken);
        await cache.SetAsync("country", new Country("PT", 10), cancellationToken: TestContext.Current.CancellationToken);
        await cache.SetAsync("number", 42, cancellationToken: TestContext.Current.CancellationToken);
        Read(cache, 100);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Read(cache, 1000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public async Task An_exact_expiry_is_neither_early_nor_late()
    {
        var cache = (await _harness.StartAsync(static builder => builder.AsHybridCache())).Get<HybridCache>();
        var options = new HybridCacheEntryOptions { Expiration = TimeSpan.FromMinutes(10) };
        await cache.SetAsync("set", 1, options, cancellationToken: TestContext.Current.CancellationToken);
        await GetAsync("loaded", 1);
        await _harness.PassAsync(TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(1, await GetAsync("set", 2));
        Assert.Equal(1, await GetAsync("loaded", 2));
        await _harness.PassAsync(TimeSpan.FromMilliseconds(1));
        Assert.Equal(2, await GetAsync("set", 2));
        Assert.Equal(2, await GetAsync("loaded", 2));

        ValueTask<int> GetAsync(string key, int value) =>
            cache.GetOrCreateAsync(key, value, static (it, _) => ValueTask.FromResult(it), options);
    }

    private static void Read(HybridCache cache, int times)
    {
        for (var i = 0; i < times; i++)
        {
            Take(cache.GetOrCreateAsync<int, string>("text", 1, static (_, _) => throw new InvalidOperationException()));
            Take(cache.GetOrCreateAsync<int, Country>("country", 1, static (_, _) => throw new InvalidOperationException()));
            Take(cache.GetOrCreateAsync<int, int>("number", 1, static (_, _) => throw new InvalidOperationException()));
        }

        static void Take<T>(ValueTask<T> read) => Assert.True(read.IsCompletedSuccessfully);
    }
}
