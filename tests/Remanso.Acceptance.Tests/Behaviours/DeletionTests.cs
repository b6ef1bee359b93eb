using Remanso.Conformance.Support;

namespace Remanso.Acceptance.Tests.Behaviours;

/// <summary>A delete is a write like any other: later than what came before it, earlier than what comes after.</summary>
public sealed class DeletionTests(Servers servers)
{
    [Theory]
    [EveryCombination]
    public async Task A_remove_during_the_slow_save_of_its_set_stands(TierKind tier, StoreKind store)
    {
        await using var deployment = await Deployment.StartAsync(servers, tier, store);
        var saving = new Gate();
        deployment.Points.BeforeSave = () => saving.PassAsync();
        await deployment.Cache.SetAsync("key", "value");
        var flush = deployment.Cache.Operations.FlushAsync().AsTask();
        await saving.ArrivedAsync();

        var removed = await deployment.Cache.RemoveAsync("key");
        saving.Open();
        await flush;
        await deployment.FlushAsync();

        Assert.False((await deployment.Cache.GetAsync("key")).Found);
        Assert.False((await deployment.Cache.GetAsync("key", ReadFrom.Store)).Found);
        var row = await deployment.Database.ReadAsync("key");
        Assert.Equal((removed.Version, true), (row!.Version, row.Deleted));
    }

    [Theory]
    [EveryCombination]
    public async Task After_a_remove_that_is_not_flushed_yet_a_set_if_absent_succeeds(TierKind tier, StoreKind store)
    {
        await using var deployment = await Deployment.StartAsync(servers, tier, store);
        var ifAbsent = new WriteOptions { Condition = WriteCondition.Absent };
        await deployment.Cache.SetAsync("key", "old");
        await deployment.FlushAsync();
        await Assert.ThrowsAsync<VersionConflictException>(async () => await deployment.Cache.SetAsync("key", "too early", ifAbsent));

        await deployment.Cache.RemoveAsync("key");
        var written = await deployment.Cache.SetAsync("key", "new", ifAbsent);

        Assert.Equal("new", (await deployment.Cache.GetAsync("key")).Value);
        await deployment.FlushAsync();
        var row = await deployment.Database.ReadAsync("key");
        Assert.Equal((written.Version, false, "new"), (row!.Version, row.Deleted, row.Value));
    }

    [Theory]
    [EveryCombination]
    public async Task A_pending_delete_reads_as_absent_whatever_is_pushed_out_of_the_caches(TierKind tier, StoreKind store)
    {
        await using var redis = tier == TierKind.Redis ? await SmallRedis.StartAsync() : null;
        await using var deployment = await Deployment.StartAsync(servers, tier, store, Squeeze, redis: redis?.Process);
        await deployment.Cache.SetAsync("key", "value");
        await deployment.FlushAsync();
        Assert.Equal("value", (await deployment.Cache.GetAsync("key")).Value);

        await deployment.Cache.RemoveAsync("key");
        await deployment.Cache.InvalidateAllAsync();
        await (redis?.LeaveAsync(200 << 10) ?? Task.CompletedTask);
        await PushOutAsync(deployment.Cache);

        Assert.False((await deployment.Cache.GetAsync("key")).Found);
        Assert.False((await deployment.Cache.GetAsync("key", ReadFrom.Tier)).Found);
        Assert.False((await deployment.Database.ReadAsync("key"))!.Deleted, "It was flushed, so this proves nothing.");
        Assert.True(redis is null || await redis.CountEvictedAsync() > 0, "Redis had room for all.");
    }

    private static void Squeeze(CacheOptions options)
    {
        options.Near.Enabled = true;
        options.Near.MaxEntries = 4;
        options.Tier.MaxBytes = 64 << 10;
        options.MaxValueBytes = 4 << 10;
    }

    // Keys that are known to be absent weigh something, too: no write, and so no flush, is needed to fill the tier.
    private static async Task PushOutAsync(ICache<string, string> cache)
    {
        for (var i = 0; i < 600; i += 100)
        {
            await cache.GetManyAsync([.. Enumerable.Range(i, 100).Select(static n => $"{new string('k', 900)}{n}")]);
        }
    }
}
