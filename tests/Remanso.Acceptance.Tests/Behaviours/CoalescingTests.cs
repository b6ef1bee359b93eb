using Remanso.Stores;

namespace Remanso.Acceptance.Tests.Behaviours;

/// <summary>Many writes of a key, one row.</summary>
public sealed class CoalescingTests(Servers servers)
{
    [Theory]
    [EveryCombination]
    public async Task Twenty_sets_of_a_key_within_the_flush_delay_make_one_row_write(TierKind tier, StoreKind store)
    {
        await using var deployment = await Deployment.StartAsync(servers, tier, store);
        var last = 0L;
        for (var i = 1; i <= 20; i++)
        {
            last = (await deployment.Cache.SetAsync("hot", $"value {i}")).Version;
        }

        await deployment.FlushAsync();

        Assert.Equal([("hot", last, SaveOutcomeKind.Applied)], deployment.Points.Saved);
        Assert.Equal(1, (await deployment.Cache.Operations.GetStatisticsAsync()).Flush.Stored);
        var row = await deployment.Database.ReadAsync("hot");
        Assert.Equal((last, "value 20"), (row!.Version, row.Value));
    }

    [Theory]
    [EveryCombination]
    public async Task Where_every_version_is_kept_twenty_sets_are_twenty_rows_of_the_history_in_their_order(TierKind tier, StoreKind store)
    {
        await using var deployment = await Deployment.StartAsync(servers, tier, store, static options =>
            options.WriteMode = WriteMode.EveryVersion
        );
        var written = new List<(long Version, string? Value)>();
        for (var i = 1; i <= 20; i++)
        {
            written.Add(((await deployment.Cache.SetAsync("hot", $"value {i}")).Version, $"value {i}"));

            // The answer of the first save is lost, so that it is repeated.
            if (i == 12)
            {
                deployment.Points.AfterSave = static () => throw WatchPoints.Transient("the reply was lost");
                Assert.NotEmpty((await deployment.Cache.Operations.FlushAsync()).Failed);
                deployment.Points.AfterSave = static () => Task.CompletedTask;
            }
        }

        written.Add(((await deployment.Cache.RemoveAsync("hot")).Version, null));
        await deployment.FlushAsync();

        Assert.Equal(written, await deployment.Database.HistoryAsync("hot"));
        var row = await deployment.Database.ReadAsync("hot");
        Assert.Equal((written[^1].Version, true), (row!.Version, row.Deleted));
    }

    [Theory]
    [EveryCombination]
    public async Task Sets_and_removes_that_end_in_a_set_leave_the_row(TierKind tier, StoreKind store)
    {
        await using var deployment = await Deployment.StartAsync(servers, tier, store);
        WriteReceipt last = default;
        for (var i = 1; i <= 5; i++)
        {
            await deployment.Cache.RemoveAsync("key");
            last = await deployment.Cache.SetAsync("key", $"value {i}");
        }

        await deployment.FlushAsync();

        var row = await deployment.Database.ReadAsync("key");
        Assert.Equal((last.Version, false, "value 5"), (row!.Version, row.Deleted, row.Value));
        Assert.Equal("value 5", (await deployment.Cache.GetAsync("key", ReadFrom.Store)).Value);
    }

    [Theory]
    [EveryCombination]
    public async Task Sets_and_removes_that_end_in_a_remove_leave_none(TierKind tier, StoreKind store)
    {
        await using var deployment = await Deployment.StartAsync(servers, tier, store);
        for (var i = 1; i <= 5; i++)
        {
            await deployment.Cache.SetAsync("key", $"value {i}");

            // Once the row is there, and the delete has to take it away.
            if (i == 3)
            {
                await deployment.FlushAsync();
            }

            await deployment.Cache.RemoveAsync("key");
        }

        await deployment.FlushAsync();

        Assert.Equal(0, await deployment.Database.CountAsync());
        Assert.False((await deployment.Cache.GetAsync("key", ReadFrom.Store)).Found);
        Assert.False((await deployment.Cache.GetAsync("key")).Found);
    }
}
