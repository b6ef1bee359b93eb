using System.Collections.Concurrent;
using Remanso.Conformance.Servers;

namespace Remanso.Acceptance.Tests.Behaviours;

/// <summary>The tier holds as much unstored data as it may.</summary>
public sealed class BackPressureTests(Servers servers)
{
    private const int Room = 20;
    private const int Writers = 4;

    [Theory]
    [EveryCombination]
    public async Task A_write_that_finds_no_room_is_refused_with_the_time_to_try_again(TierKind tier, StoreKind store)
    {
        await using var deployment = await Deployment.StartAsync(servers, tier, store, static options =>
            options.Tier.MaxDirtyEntries = Room
        );
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

        // The first of them asks for a flush.
        var open = new TaskCompletionSource();
        deployment.Points.BeforeSave = () => open.Task;
        var writes = waiting.Select(key => deployment.Cache.SetAsync(key, "value").AsTask()).ToArray();
        Assert.DoesNotContain(writes, static write => write.IsCompleted);
        Assert.Empty(deployment.Points.Saved);
        open.SetResult();
        await Until.TrueAsync(
            async () =>
            {
                await deployment.FlushAsync();
                return writes.All(static write => write.IsCompletedSuccessfully);
            },
            "all have found room"
        );

        await deployment.FlushAsync();
        await AssertStoredAsync(deployment, [.. accepted, .. waiting]);
        Assert.Equal(0, (await deployment.Cache.Operations.GetStatisticsAsync()).Refused);
    }

    /// <summary>The store stalls, and writers of ever new keys are held off: nothing piles up anywhere in the process,
    /// and all that was accepted is stored in the end.</summary>
    [Theory]
    [EveryCombination]
    public async Task While_the_store_stalls_memory_stays_flat_and_nothing_accepted_is_lost(TierKind tier, StoreKind store)
    {
        var stall = Scale.IsFull ? TimeSpan.FromSeconds(60) : TimeSpan.FromMilliseconds(500);
        await using var deployment = await Deployment.StartAsync(servers, tier, store, static options =>
            options.Tier.MaxDirtyEntries = Room
        );
        var open = new TaskCompletionSource();
        deployment.Points.BeforeSave = () => open.Task;
        var flush = deployment.FlushAsync();
        var accepted = new ConcurrentBag<string>();
        await WriteForAsync(deployment.Cache, accepted, stall / 4, "warm");
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var refused = await WriteForAsync(deployment.Cache, accepted, stall, "key");

        var growth = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(refused > 100, $"{refused} were refused.");
        // Other tests of the process run meanwhile: in the long form they do not.
        Assert.True(!Scale.IsFull || growth < 8 << 20, $"After {refused} refused writes there are {growth} bytes more.");
        Assert.InRange(accepted.Count, Room, Room + Writers);
        open.SetResult();
        await flush;
        await deployment.FlushAsync();
        await AssertStoredAsync(deployment, [.. accepted]);
    }

    /// <summary>Writes one new key after the other; returns how many writes were refused.</summary>
    private static async Task<int> WriteForAsync(ICache<string, string> cache, ConcurrentBag<string> accepted, TimeSpan time, string prefix)
    {
        var began = TimeProvider.System.GetTimestamp();
        var refused = await Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(writer =>
                    Task.Run(async () =>
                    {
                        var refused = 0;
                        for (var i = 0; TimeProvider.System.GetElapsedTime(began) < time; i++)
                        {
                            var key = $"{prefix} {writer} {i}";
                            try
                            {
                                await cache.SetAsync(key, "value");
                                accepted.Add(key);
                            }
                            catch (BackPressureException)
                            {
                                refused++;
                            }
                        }

                        return refused;
                    })
                )
        );
        return refused.Sum();
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
        Assert.Equal(0, (await deployment.Cache.Operations.GetStatisticsAsync()).Dirty.Entries);
    }
}
