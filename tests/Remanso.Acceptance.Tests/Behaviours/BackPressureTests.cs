using Remanso.Conformance.Servers;
using Remanso.Tiers;

namespace Remanso.Acceptance.Tests.Behaviours;

/// <summary>The tier holds as much unstored data as it may.</summary>
public sealed class BackPressureTests(Servers servers)
{
    private const int Room = 20;

    [Theory]
    [EveryCombination]
    public async Task A_write_that_finds_no_room_is_refused_with_the_time_to_try_again(TierKind tier, StoreKind store)
    {
        await using var deployment = await Deployment.StartAsync(servers, tier, store, static options => options.Tier.MaxDirtyEntries = Room);
        var accepted = await FillAsync(deployment.Cache);

        var refused = await Assert.ThrowsAsync<BackPressureException>(async () => await deployment.Cache.SetAsync("one more", "value"));

        Assert.True(refused.RetryAfter > TimeSpan.Zero);
        Assert.False((await deployment.Cache.GetAsync("one more")).Found);
        await deployment.FlushAsync();
        await deployment.Cache.SetAsync("one more", "value");
        await deployment.FlushAsync();
        await AssertStoredAsync(deployment, [.. accepted, "one more"]);
    }

    [Theory]
    [EveryCombination]
    public async Task A_write_that_may_wait_waits_for_room(TierKind tier, StoreKind store)
    {
        await using var deployment = await Deployment.StartAsync(servers, tier, store, static options =>
        {
            options.Tier.MaxDirtyEntries = Room;
            options.Tier.WhenFull = WhenFull.Wait;
            options.Tier.MaxWait = TimeSpan.FromMinutes(1);
        });
        var accepted = await FillAsync(deployment.Cache);
        string[] waiting = [.. Enumerable.Range(0, Room).Select(static i => $"waiting {i}")];

        var writes = waiting.Select(key => deployment.Cache.SetAsync(key, "value").AsTask()).ToArray();
        Assert.DoesNotContain(writes, static write => write.IsCompleted);
        Assert.Empty(deployment.Points.Saved);
        await Until.TrueAsync(
            async () =>
            {
                await deployment.FlushAsync();
                return writes.All(static write => write.IsCompletedSuccessfully);
            },
            "all have found room");

        await deployment.FlushAsync();
        await AssertStoredAsync(deployment, [.. accepted, .. waiting]);
        Assert.Equal(0, (await deployment.Cache.GetStatisticsAsync()).Refused);
    }

    private static async Task<List<string>> FillAsync(ICache<string, string> cache)
    {
        var accepted = new List<string>();
        for (var i = 0; i < Room; i++)
        {
            await cache.SetAsync($"key {i}", "value");
            accepted.Add($"key {i}");
        }

        return accepted;
    }

    private static async Task AssertStoredAsync(Deployment deployment, IReadOnlyList<string> keys)
    {
        Assert.Equal(keys.Count, await deployment.Database.CountAsync());
        Assert.All(await Task.WhenAll(keys.Select(deployment.Database.ReadAsync)), static row => Assert.Equal("value", row?.Value));
        Assert.Equal(0, (await deployment.Cache.GetStatisticsAsync()).Dirty.Entries);
    }
}
