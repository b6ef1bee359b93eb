namespace Remanso.Acceptance.Tests.Behaviours;

/// <summary>The database refuses a row by a rule of its own.</summary>
public sealed class RefusalTests(Servers servers)
{
    private const string Bad = "what the database refuses";

    [Theory]
    [EveryCombination]
    public async Task One_refused_row_of_500_is_a_dead_letter_and_its_replay_leaves_a_newer_write(TierKind tier, StoreKind store)
    {
        await using var deployment = await Deployment.StartAsync(servers, tier, store);
        var cache = deployment.Cache;
        await deployment.Database.RefuseAsync(Bad);
        var outcomes = await cache.SetManyAsync([
            .. Enumerable.Range(0, 500).Select(static i => KeyValuePair.Create($"key {i}", i == 250 ? Bad : $"value {i}")),
        ]);

        var report = await cache.Operations.FlushAsync();

        Assert.Equal(499, report.Stored);
        Assert.Equal("key 250", Assert.Single(report.Failed).Key);
        Assert.Equal(499, await deployment.Database.CountAsync());
        var letter = Assert.Single(await cache.Operations.GetDeadLettersAsync());
        Assert.Equal(("key 250", outcomes[250].Receipt.Version), (letter.Key, letter.Version));
        Assert.Equal(1, (await cache.Operations.GetStatisticsAsync()).Flush.DeadLettered);
        Assert.Equal(Bad, (await cache.GetAsync("key 250")).Value);

        var newer = await cache.SetAsync("key 250", "newer");
        await cache.Operations.ReplayDeadLettersAsync(["key 250"]);
        await deployment.FlushAsync();

        var row = await deployment.Database.ReadAsync("key 250");
        Assert.Equal((newer.Version, "newer"), (row!.Version, row.Value));
        Assert.Equal("newer", (await cache.GetAsync("key 250")).Value);
        Assert.Empty(await cache.Operations.GetDeadLettersAsync());
        Assert.Equal(500, await deployment.Database.CountAsync());
    }

    [Theory]
    [EveryCombination]
    public async Task Who_waits_for_a_refused_version_is_told_why(TierKind tier, StoreKind store)
    {
        await using var deployment = await Deployment.StartAsync(servers, tier, store);
        await deployment.Database.RefuseAsync(Bad);
        var stored = new WriteOptions { Durability = Durability.Stored };

        var refused = await Assert.ThrowsAsync<DurabilityNotReachedException>(async () =>
            await deployment.Cache.SetAsync("key", Bad, stored)
        );
        var later = await Assert.ThrowsAsync<DurabilityNotReachedException>(async () =>
            await deployment.Cache.WaitAsync("key", new WriteReceipt(refused.Version, Durability.Accepted), Durability.Stored)
        );

        Assert.All([refused, later], static it => Assert.Contains("refuse", it.Message, StringComparison.Ordinal));
        Assert.Null(await deployment.Database.ReadAsync("key"));
    }
}
