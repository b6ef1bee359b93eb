using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Remanso.Conformance.Support;
using Xunit;

namespace Remanso.Tests.Hosting;

public sealed class ForgottenStoreTests
{
    [Fact]
    public async Task A_cache_whose_store_was_forgotten_stops_the_start_with_one_line_that_names_it()
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Services.AddRemanso().AddCache<string, string>("users");
        using var host = builder.Build();
        var error = await Assert.ThrowsAsync<CacheConfigurationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains("'users'", error.Message, StringComparison.Ordinal);
        Assert.Contains("UseSqlite", error.Message, StringComparison.Ordinal);
        Assert.Contains("WithoutStore", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public async Task A_cache_that_says_that_it_has_none_starts()
    {
        await using var caches = await RemansoCaches.CreateAsync(
            static remanso => remanso.AddCache<string, string>("plain", static cache => cache.WithoutStore = true),
            TestContext.Current.CancellationToken
        );
        Assert.Equal("none", caches.Registry.StoreDescription);
    }

    [Fact]
    public async Task Caches_for_which_the_builder_says_so_start()
    {
        await using var caches = await RemansoCaches.CreateAsync(
            static remanso => remanso.WithoutStore().AddCache<string, string>("a").AddCache<string, int>("b"),
            TestContext.Current.CancellationToken
        );
        Assert.Equal(["a", "b"], caches.Registry.Names);
    }

    [Fact]
    public async Task Caches_behind_the_platforms_contracts_need_not_say_so()
    {
        await using var caches = await RemansoCaches.CreateAsync(
            static remanso => remanso.AsHybridCache().AsDistributedCache(),
            TestContext.Current.CancellationToken
        );
        caches.Services.GetRequiredService<IDistributedCache>().Set("k", [1], new DistributedCacheEntryOptions());
    }

    [Fact]
    public async Task Memory_that_nobody_flushes_is_refused()
    {
        var store = new ScriptedStore();
        var error = await Assert.ThrowsAsync<CacheConfigurationException>(() =>
            RemansoCaches.CreateAsync(
                remanso => remanso.UseStore(_ => store).WithoutFlusher().AddCache<string, string>("users"),
                TestContext.Current.CancellationToken
            )
        );
        Assert.Contains("WithoutFlusher", error.Message, StringComparison.Ordinal);
    }
}
