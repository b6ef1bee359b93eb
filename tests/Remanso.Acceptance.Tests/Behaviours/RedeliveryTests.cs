using System.Text;
using Remanso.Entries;
using Remanso.Stores;

namespace Remanso.Acceptance.Tests.Behaviours;

/// <summary>What is saved twice, or too late, changes nothing.</summary>
public sealed class RedeliveryTests(Servers servers)
{
    [Theory]
    [EveryCombination]
    public async Task A_batch_whose_reply_was_lost_changes_nothing_when_it_comes_again(TierKind tier, StoreKind store)
    {
        await using var deployment = await Deployment.StartAsync(servers, tier, store);
        string[] keys = ["a", "b", "c"];
        await deployment.Cache.SetAsync("c", "old");
        await deployment.FlushAsync();
        await deployment.Cache.SetManyAsync([KeyValuePair.Create("a", "1"), KeyValuePair.Create("b", "2")]);
        await deployment.Cache.RemoveAsync("c");

        deployment.Points.AfterSave = static () => throw WatchPoints.Transient("The reply was lost.");
        Assert.Equal(keys, (await deployment.Cache.Operations.FlushAsync()).Failed.Keys.Order(StringComparer.Ordinal));
        var before = await Task.WhenAll(keys.Select(deployment.Database.ReadAsync));
        deployment.Points.AfterSave = static () => Task.CompletedTask;
        await deployment.FlushAsync();

        Assert.Equal(before, await Task.WhenAll(keys.Select(deployment.Database.ReadAsync)));
        var flush = (await deployment.Cache.Operations.GetStatisticsAsync()).Flush;
        Assert.Equal((3, 0, 0), (flush.AlreadyStored, flush.Superseded, flush.DeadLettered));
        Assert.Equal(0, (await deployment.Cache.Operations.GetStatisticsAsync()).Dirty.Entries);
    }

    [Theory]
    [EveryCombination]
    public async Task A_hundred_increments_add_up_though_every_second_reply_of_the_store_is_lost(TierKind tier, StoreKind store)
    {
        await using var deployment = await Deployment.StartAsync(servers, tier, store);
        var lost = 0;
        deployment.Points.AfterSave = () =>
            Interlocked.Increment(ref lost) % 2 == 1 ? throw WatchPoints.Transient("The reply was lost.") : Task.CompletedTask;
        for (var i = 1; i <= 100; i++)
        {
            Assert.Equal(i, (await deployment.Cache.IncrementAsync("counter")).Value);
            if (i % 5 == 0)
            {
                await deployment.Cache.Operations.FlushAsync();
            }
        }

        await deployment.FlushAsync();

        Assert.True(lost >= 20, $"Only {lost} saves were made.");
        Assert.Equal("100", (await deployment.Database.ReadAsync("counter"))!.Value);
        Assert.Equal("100", (await deployment.Cache.GetAsync("counter")).Value);
    }

    [Theory]
    [EveryCombination]
    public async Task A_late_save_of_a_lower_version_changes_no_column(TierKind tier, StoreKind store)
    {
        await using var deployment = await Deployment.StartAsync(servers, tier, store);
        var written = await deployment.Cache.SetAsync("set", "value");
        var removed = await deployment.Cache.RemoveAsync("removed");
        await deployment.FlushAsync();
        var before = await RowsAsync();

        // As a worker that hung in the midst of its save, and goes on after others have saved the next version.
        var outcomes = await deployment
            .Session.MakeStore()
            .SaveAsync(
                [Late("removed", removed.Version - 1, deleted: false), Late("set", written.Version - 1, deleted: true)],
                CancellationToken.None
            );
        var again = await deployment
            .Session.MakeStore()
            .SaveAsync(
                [Late("removed", removed.Version, deleted: false), Late("set", written.Version, deleted: true)],
                CancellationToken.None
            );

        Assert.Equal([SaveOutcome.Superseded(removed.Version), SaveOutcome.Superseded(written.Version)], outcomes);
        Assert.Equal([SaveOutcome.AlreadyStored, SaveOutcome.AlreadyStored], again);
        Assert.Equal(before, await RowsAsync());

        async Task<StoredRow?[]> RowsAsync() =>
            [await deployment.Database.ReadAsync("removed"), await deployment.Database.ReadAsync("set")];
    }

    private static StoreWrite<string, ReadOnlyMemory<byte>> Late(string key, long version, bool deleted) =>
        new()
        {
            Key = key,
            Value = deleted ? default : Encoding.UTF8.GetBytes("late"),
            ContentType = "text/late",
            Version = version,
            Deleted = deleted,
            ExpiresAt = CacheEntry.Never - 1,
        };
}
