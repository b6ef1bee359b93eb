using Microsoft.Extensions.Caching.Hybrid;
using Xunit;

namespace Remanso.Conformance.Faces;

/// <summary>How long entries live.</summary>
public abstract class HybridExpiryConformance(FaceHarness harness) : HybridSuite(harness)
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_loaded_value_is_loaded_again_when_its_time_is_over()
    {
        var options = new HybridCacheEntryOptions { Expiration = 2 * _second };
        await GetAsync("k", "a", options);
        Assert.Equal("a", await GetAsync("k", "b", options));
        await Harness.PassAsync(2.1 * _second);
        Assert.Equal("b", await GetAsync("k", "b", options));
    }

    [Fact]
    public async Task A_value_that_was_set_is_gone_when_its_time_is_over()
    {
        await Cache.SetAsync("k", "a", new HybridCacheEntryOptions { Expiration = 2 * _second });
        Assert.Equal("a", await PeekAsync<string?>("k"));
        await Harness.PassAsync(2.1 * _second);
        Assert.Null(await PeekAsync<string?>("k"));
    }

    [Fact]
    public async Task Each_entry_has_its_own_time()
    {
        await Cache.SetAsync("short", "a", new HybridCacheEntryOptions { Expiration = _second });
        await Cache.SetAsync("long", "a", new HybridCacheEntryOptions { Expiration = 60 * _second });
        await Cache.SetAsync("default", "a");
        await Harness.PassAsync(1.1 * _second);
        Assert.Null(await PeekAsync<string?>("short"));
        Assert.Equal("a", await PeekAsync<string?>("long"));
        Assert.Equal("a", await PeekAsync<string?>("default"));
    }

    [Fact]
    public async Task Where_a_call_says_nothing_the_caches_own_time_holds()
    {
        var cache = (await StartAsync(static options => options.DefaultEntryOptions = new() { Expiration = _second })).Get<HybridCache>();
        var long_ = new HybridCacheEntryOptions { Expiration = 60 * _second };
        await cache.SetAsync("k", "a");
        await cache.SetAsync("flags only", "a", new HybridCacheEntryOptions { Flags = HybridCacheEntryFlags.DisableCompression });
        await cache.SetAsync("long", "a", long_);
        await Harness.PassAsync(1.1 * _second);
        Assert.Equal("b", await cache.GetOrCreateAsync("k", static _ => ValueTask.FromResult("b")));
        Assert.Equal("b", await cache.GetOrCreateAsync("flags only", static _ => ValueTask.FromResult("b")));
        Assert.Equal("a", await cache.GetOrCreateAsync("long", static _ => ValueTask.FromResult("b"), long_));
    }

    [Fact]
    public async Task A_time_of_zero_caches_nothing()
    {
        var none = new HybridCacheEntryOptions { Expiration = TimeSpan.Zero };
        await GetAsync("k", "a", none);
        Assert.Equal("b", await GetAsync("k", "b", none));
        await Cache.SetAsync("set", "a", none);
        Assert.Null(await PeekAsync<string?>("set"));

        await Cache.SetAsync("set", "old");
        await Cache.SetAsync("set", "new", none);
        Assert.Null(await PeekAsync<string?>("set"));
    }

    [Fact]
    public async Task Setting_a_key_again_begins_its_time_anew()
    {
        var options = new HybridCacheEntryOptions { Expiration = 5 * _second };
        await Cache.SetAsync("k", "a", options);
        await Harness.PassAsync(3 * _second);
        await Cache.SetAsync("k", "b", options);
        await Harness.PassAsync(3 * _second);
        Assert.Equal("b", await PeekAsync<string?>("k"));
    }

    [Fact]
    public async Task A_failing_factory_is_not_hidden_by_what_has_expired()
    {
        var options = new HybridCacheEntryOptions { Expiration = _second };
        await GetAsync("k", "a", options);
        await Harness.PassAsync(1.1 * _second);
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            await Cache.GetOrCreateAsync<string>("k", static _ => throw new InvalidOperationException("The database is down."), options)
        );
    }

    [Fact]
    public async Task A_grace_period_covers_what_was_set_as_it_covers_what_was_loaded()
    {
        var cache = (await StartAsync(static options => options.Cache.Ttl.Grace = TimeSpan.FromMinutes(1))).Get<HybridCache>();
        var options = new HybridCacheEntryOptions { Expiration = _second };
        await cache.SetAsync("set", "a", options);
        await cache.GetOrCreateAsync("loaded", static _ => ValueTask.FromResult("a"), options);
        await Harness.PassAsync(1.1 * _second);
        foreach (var key in new[] { "set", "loaded" })
        {
            Assert.Equal(
                "a",
                await cache.GetOrCreateAsync<string>(key, static _ => throw new InvalidOperationException("The database is down."), options)
            );
        }
    }

    [Fact]
    public async Task A_local_copy_that_is_too_old_is_asked_for_again()
    {
        var options = new HybridCacheEntryOptions { Expiration = 60 * _second, LocalCacheExpiration = _second };
        await GetAsync("k", "a", options);
        Assert.Equal("a", await GetAsync("k", "b", options));
        await Harness.PassAsync(1.1 * _second);

        // The tier has it still; a tier in this process is the local cache itself.
        Assert.Equal(Harness.IsRemote ? "a" : "b", await GetAsync("k", "b", options));
        Assert.Equal(Harness.IsRemote ? 1 : 2, Runs);
    }

    [Fact]
    public async Task A_calls_own_time_is_not_cut_by_the_caches_local_one()
    {
        var cache = (
            await StartAsync(static options =>
                options.DefaultEntryOptions = new() { Expiration = 2 * _second, LocalCacheExpiration = _second }
            )
        ).Get<HybridCache>();
        var hours = new HybridCacheEntryOptions { Expiration = TimeSpan.FromHours(6) };
        await cache.SetAsync("set", "a", hours);
        await cache.GetOrCreateAsync("loaded", static _ => ValueTask.FromResult("a"), hours);
        await Harness.PassAsync(2.1 * _second);

        foreach (var key in new[] { "set", "loaded" })
        {
            Assert.Equal("a", await cache.GetOrCreateAsync(key, static _ => ValueTask.FromResult("b"), hours));
        }
    }

    [Fact]
    public async Task A_local_copy_is_too_old_in_time_whatever_is_said_of_near_copies()
    {
        var process = await StartAsync(static options =>
        {
            options.Cache.Near.Copies = NearCopies.Decoded;
            options.DefaultEntryOptions = new() { Expiration = 60 * _second, LocalCacheExpiration = _second };
        });
        var cache = process.Get<HybridCache>();
        // By another application: what one has filled itself is not decoded.
        await GetAsync("k", "a");
        for (var i = 0; i < 2; i++)
        {
            await cache.GetOrCreateAsync("k", static _ => ValueTask.FromResult("a"));
        }

        var before = await TierReadsAsync();
        await Harness.PassAsync(1.1 * _second);

        Assert.Equal(Harness.IsRemote ? "a" : "b", await cache.GetOrCreateAsync("k", static _ => ValueTask.FromResult("b")));
        Assert.Equal(Harness.IsRemote ? 1 : 0, await TierReadsAsync() - before);

        async Task<long> TierReadsAsync() =>
            (await process.Get<ICacheRegistry>().GetStatisticsAsync(TestContext.Current.CancellationToken))[Harness.CacheName].Reads.Tier;
    }

    /// <inheritdoc/>
    protected override void Configure(HybridOptions options) => options.Cache.Ttl.Base = TimeSpan.FromMinutes(1);
}
