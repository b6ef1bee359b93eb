using Microsoft.Extensions.DependencyInjection;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.WriteBehind;

[Collection(ManualClockTests.Name)]
public sealed class CounterTests
{
    private static readonly WriteOptions _stored = new() { Durability = Durability.Stored };

    [Fact]
    public async Task A_counter_begins_with_what_the_store_has()
    {
        await using var harness = await CacheHarness.StartAsync();
        harness.Store.Put("k", "40", 5);

        var first = await harness.Cache.IncrementAsync("k");
        var second = await harness.Cache.IncrementAsync("k", 9);

        Assert.Equal((41L, 50L), (first.Value, second.Value));
        Assert.True(second.Receipt.Version > first.Receipt.Version);
        Assert.Single(harness.Store.Loads);
        Assert.Equal("50", (await harness.Cache.GetAsync("k")).Value);
    }

    [Fact]
    public async Task Concurrent_increments_over_flushes_and_evictions_add_up_in_the_store()
    {
        await using var harness = await CacheHarness.StartAsync();
        for (var round = 0; round < 3; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 1000).Select(_ => Task.Run(async () => await harness.Cache.IncrementAsync("k"))));
            await harness.Cache.Operations.FlushAsync();
            await harness.Cache.InvalidateAsync(["k"]);
        }

        var last = await harness.Cache.IncrementAsync("k", 1, _stored);

        Assert.Equal((3001L, Durability.Stored), (last.Value, last.Receipt.Durability));
        Assert.Equal("3001", harness.Store.Text("k"));
        Assert.True(harness.Store.Saves.Count < 100);
    }

    [Fact]
    public async Task What_is_no_number_or_has_no_room_is_refused_and_stays()
    {
        await using var harness = await CacheHarness.StartAsync();
        var text = await harness.Cache.SetAsync("text", "hello");
        var full = await harness.Cache.SetAsync("full", "9223372036854775807");

        var noNumber = await Assert.ThrowsAsync<NotANumberException>(async () => await harness.Cache.IncrementAsync("text"));
        var noRoom = await Assert.ThrowsAsync<CounterOverflowException>(async () => await harness.Cache.IncrementAsync("full"));

        Assert.Equal(("text", text.Version), (noNumber.Key, noNumber.CurrentVersion));
        Assert.Equal(("full", full.Version), (noRoom.Key, noRoom.CurrentVersion));
        Assert.Equal("hello", (await harness.Cache.GetAsync("text")).Value);
    }

    [Fact]
    public async Task The_condition_of_an_increment_is_checked_in_its_step()
    {
        await using var harness = await CacheHarness.StartAsync();
        var absent = new WriteOptions { Condition = WriteCondition.Absent };
        var first = await harness.Cache.IncrementAsync("k", 1, absent);
        var conflict = await Assert.ThrowsAsync<VersionConflictException>(async () => await harness.Cache.IncrementAsync("k", 1, absent));
        Assert.Equal(first.Receipt.Version, conflict.CurrentVersion);
        Assert.Equal(
            3,
            (
                await harness.Cache.IncrementAsync(
                    "k",
                    2,
                    new WriteOptions { Condition = WriteCondition.IsVersion(conflict.CurrentVersion) }
                )
            ).Value
        );
    }

    [Fact]
    public async Task A_lifetime_begins_with_the_counter_and_no_increment_prolongs_it()
    {
        await using var harness = await CacheHarness.StartAsync();
        var minute = new WriteOptions { Lifetime = TimeSpan.FromMinutes(1) };
        await harness.Cache.IncrementAsync("k", 1, minute);
        harness.Time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(2, (await harness.Cache.IncrementAsync("k", 1, minute)).Value);
        harness.Time.Advance(TimeSpan.FromSeconds(40));
        Assert.Equal(1, (await harness.Cache.IncrementAsync("k", 1, minute)).Value);
    }

    [Fact]
    public async Task While_the_tier_is_down_a_counter_is_refused_and_never_guessed()
    {
        var (harness, tier) = await DownTier.StartAsync(options => options.WhenTierIsDown = WhenTierIsDown.WriteThrough);
        await using var _ = harness;
        await harness.Cache.IncrementAsync("k");
        tier.TakeAway();

        await Assert.ThrowsAsync<TierUnavailableException>(async () => await harness.Cache.IncrementAsync("k"));

        tier.GiveBack();
        await harness.AdvanceUntilAsync(() => harness.Store.Text("k") == "1", "the counter is stored");
    }

    [Fact]
    public async Task A_cache_of_numbers_counts_in_its_own_type()
    {
        var services = new ServiceCollection();
        services.AddRemanso().AddCache<string, long>("numbers", cache => cache.WithoutStore = true);
        await using var provider = services.BuildServiceProvider();
        foreach (var service in provider.GetServices<Microsoft.Extensions.Hosting.IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
        }

        var cache = provider.GetRequiredService<ICache<string, long>>();
        await cache.SetAsync("k", 6);
        await cache.IncrementAsync("k", -10);
        Assert.Equal(-4, (await cache.GetAsync("k")).Value);
    }
}
