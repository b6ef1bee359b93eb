using System.Collections.Concurrent;
using System.Globalization;
using Xunit;

namespace Remanso.Tests.Telemetry;

/// <summary>What events cost where nobody hears them, and what memory evicts.</summary>
public sealed class CacheEventTests
{
    [Fact]
    public async Task A_hit_that_nobody_hears_allocates_nothing_and_neither_does_one_that_is_heard()
    {
        await using var caches = await CreateAsync(static options => options.Near.Enabled = true);
        await using var far = await CreateAsync();
        foreach (var cache in new[] { caches.Get<string, ReadOnlyMemory<byte>>("c"), far.Get<string, ReadOnlyMemory<byte>>("c") })
        {
            await cache.SetAsync("k", new byte[1]);
            Assert.Equal(0, await AllocatedAsync(cache));
        }

        using var others = caches.Registry.Observe(
            static _ => Assert.Fail("This is no such kind."),
            CacheEventKinds.All & ~CacheEventKinds.Hit
        );
        Assert.Equal(0, await AllocatedAsync(caches.Get<string, ReadOnlyMemory<byte>>("c")));

        var heard = 0;
        using var hits = caches.Registry.Observe(_ => heard++, CacheEventKinds.Hit);
        Assert.Equal(0, await AllocatedAsync(caches.Get<string, ReadOnlyMemory<byte>>("c")));
        Assert.Equal(2_000, heard);
    }

    [Fact]
    public async Task What_the_near_cache_and_the_memory_tier_evict_is_heard()
    {
        await using var caches = await CreateAsync(static options =>
        {
            options.Near.Enabled = true;
            options.Near.MaxEntries = 10;
            options.Tier.MaxBytes = 64 << 10;
            options.MaxValueBytes = 1024;
        });
        var cache = caches.Get<string, ReadOnlyMemory<byte>>("c");
        var heard = new ConcurrentQueue<CacheEvent>();
        using var observation = caches.Registry.Observe(heard.Enqueue, CacheEventKinds.Evicted);
        for (var i = 0; i < 500; i++)
        {
            var key = i.ToString(CultureInfo.InvariantCulture);
            await cache.SetAsync(key, new byte[1]);
            await cache.GetAsync(key);
        }

        var tier = heard
            .Where(static what => what.Source == ReadSource.Tier)
            .Select(static what => what.Key!)
            .ToHashSet(StringComparer.Ordinal);
        Assert.InRange(heard.Count(static what => what.Source == ReadSource.Near), 480, 500);
        Assert.InRange(tier.Count, 200, 499);
        foreach (var key in tier)
        {
            Assert.False((await cache.GetAsync(key, ReadFrom.Tier)).Found);
        }
    }

    private static Task<RemansoCaches> CreateAsync(Action<CacheOptions>? configure = null) =>
        RemansoCaches.CreateAsync(remanso => remanso.AddCache<string, ReadOnlyMemory<byte>>("c", cache =>
            {
                cache.WithoutStore = true;
                configure?.Invoke(cache.Options);
            }));

    private static async Task<long> AllocatedAsync(ICache<string, ReadOnlyMemory<byte>> cache)
    {
        await ReadAsync(cache);
        return Read(cache);

        static long Read(ICache<string, ReadOnlyMemory<byte>> cache)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1_000; i++)
            {
                var read = cache.GetAsync("k");
                Assert.True(read.IsCompletedSuccessfully);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        static async Task ReadAsync(ICache<string, ReadOnlyMemory<byte>> cache)
        {
            for (var i = 0; i < 1_000; i++)
            {
                Assert.True((await cache.GetAsync("k")).Found);
            }
        }
    }
}
