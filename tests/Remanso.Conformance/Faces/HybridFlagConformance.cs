using Microsoft.Extensions.Caching.Hybrid;
using Xunit;

namespace Remanso.Conformance.Faces;

/// <summary>What the flags of a call leave out.</summary>
public abstract class HybridFlagConformance(FaceHarness harness) : HybridSuite(harness)
{
    private const HybridCacheEntryFlags NoReads =
        HybridCacheEntryFlags.DisableLocalCacheRead | HybridCacheEntryFlags.DisableDistributedCacheRead;
    private const HybridCacheEntryFlags NoWrites =
        HybridCacheEntryFlags.DisableLocalCacheWrite | HybridCacheEntryFlags.DisableDistributedCacheWrite;

    [Fact]
    public async Task Without_the_underlying_data_a_miss_is_the_types_default()
    {
        Assert.Null(await GetAsync("text", "x", With(HybridCacheEntryFlags.DisableUnderlyingData)));
        Assert.Equal(0, await GetAsync("number", 1, With(HybridCacheEntryFlags.DisableUnderlyingData)));
        Assert.Equal(0, Runs);
        Assert.Equal("a", await GetAsync("text", "a"));
        Assert.Equal("a", await GetAsync("text", "x", With(HybridCacheEntryFlags.DisableUnderlyingData)));
    }

    [Fact]
    public async Task Without_reads_the_factory_runs_and_its_value_is_kept()
    {
        await GetAsync("k", "a");
        Assert.Equal("b", await GetAsync("k", "b", With(NoReads)));
        Assert.Equal("b", await GetAsync("k", "c"));
        Assert.Equal(2, Runs);
    }

    [Fact]
    public async Task Without_writes_the_factorys_value_is_not_kept()
    {
        Assert.Equal("a", await GetAsync("k", "a", With(NoWrites)));
        Assert.Equal("b", await GetAsync("k", "b", With(NoWrites)));
        Assert.Null(await PeekAsync<string?>("k"));
        await GetAsync("k", "c");
        Assert.Equal("c", await GetAsync("k", "d", With(NoWrites)));
    }

    [Fact]
    public async Task Without_reads_and_writes_the_cache_is_left_alone()
    {
        await GetAsync("k", "a");
        Assert.Equal("b", await GetAsync("k", "b", With(NoReads | NoWrites)));
        Assert.Equal("a", await GetAsync("k", "c"));
    }

    [Fact]
    public async Task Without_writes_nothing_is_set()
    {
        await Cache.SetAsync("k", "a", With(NoWrites));
        Assert.Null(await PeekAsync<string?>("k"));
    }

    [Fact]
    public async Task Without_anything_at_all_there_is_the_types_default()
    {
        await GetAsync("k", "a");
        Assert.Null(await GetAsync("k", "b", With(NoReads | HybridCacheEntryFlags.DisableUnderlyingData)));
        Assert.Equal(1, Runs);
    }

    [Fact]
    public async Task Without_the_local_cache_a_remote_tier_still_answers()
    {
        await GetAsync("k", "a");
        Assert.Equal(Harness.IsRemote ? "a" : "b", await GetAsync("k", "b", With(HybridCacheEntryFlags.DisableLocalCache)));
    }

    [Fact]
    public async Task Without_the_distributed_cache_a_local_copy_still_answers()
    {
        await GetAsync("k", "a");
        await GetAsync("k", "a");
        Assert.Equal("a", await GetAsync("k", "b", With(HybridCacheEntryFlags.DisableDistributedCache)));
    }

    [Fact]
    public async Task Compression_makes_no_difference()
    {
        await GetAsync("k", "a", With(HybridCacheEntryFlags.DisableCompression));
        Assert.Equal("a", await GetAsync("k", "b"));
    }

    [Fact]
    public async Task The_flags_of_a_call_stand_in_for_those_of_the_cache()
    {
        var cache = (await StartAsync(static options => options.DefaultEntryOptions = With(NoReads | NoWrites))).Get<HybridCache>();
        var runs = 0;
        foreach (var flags in new HybridCacheEntryFlags?[] { null, null, HybridCacheEntryFlags.None, HybridCacheEntryFlags.None, null })
        {
            await cache.GetOrCreateAsync("k", _ => ValueTask.FromResult(++runs), new HybridCacheEntryOptions { Flags = flags });
        }

        Assert.Equal(4, runs);
    }

    private static HybridCacheEntryOptions With(HybridCacheEntryFlags flags) => new() { Flags = flags };
}
