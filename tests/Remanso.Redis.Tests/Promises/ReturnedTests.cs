using Remanso.Conformance.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>A dirty entry that has returned with what Redis remembered: its row may be newer, so it is compared with
/// that before it counts.</summary>
public sealed class ReturnedTests
{
    [Theory]
    [InlineData(Forgetting.Snapshot)]
    [InlineData(Forgetting.CutLog)]
    [InlineData(Forgetting.Backup)]
    [InlineData(Forgetting.LaggingReplica)]
    public async Task One_that_is_older_than_its_row_answers_no_read_and_is_the_base_of_nothing(Forgetting how)
    {
        await using var redis = await LostTail.StartAsync(how);
        var store = new ScriptedStore();
        await using var node = await Node.StartAsync(redis.Address, store, static options => options.Near.Enabled = true, flushes: false);
        await node.Counters.SetAsync("counter", 50);
        var old = await node.Texts.SetAsync("etag", "old");
        await node.Texts.SetAsync("deleted", "old");
        await node.Texts.SetAsync("updated", "old");
        await redis.MarkAsync();
        await using (var flusher = await Node.StartAsync(redis.Address, store))
        {
            Assert.Equal(75, (await flusher.Counters.IncrementAsync("counter", 25, Node.Stored)).Value);
            await flusher.Texts.SetAsync("etag", "new", Node.Stored);
            await flusher.Texts.RemoveAsync("deleted", Node.Stored);
            await flusher.Texts.SetAsync("updated", "new", Node.Stored);
        }

        var rows = store.Rows.ToDictionary(static row => row.Key, static row => row.Value.Version);
        await redis.ForgetAsync();

        // Nobody flushes, and yet the rows are what is read.
        Assert.False((await Asking.AskAsync(() => node.Texts.GetAsync("updated", ReadFrom.Tier))).Found);
        var etag = await node.Texts.GetAsync("etag");
        Assert.Equal(("new", rows["etag"]), (etag.Value, etag.Version));
        Assert.False((await node.Texts.GetAsync("deleted")).Found);
        Assert.Equal(75, (await node.Counters.GetAsync("counter")).Value);
        Assert.Equal(["new", "new"], (await node.Texts.GetManyAsync(["etag", "updated"])).Values.Select(static read => read.Value));

        await using var again = await Node.StartAsync(redis.Address, store);
        var conflict = await Assert.ThrowsAsync<VersionConflictException>(() =>
            Asking.AskAsync(() =>
                node.Texts.SetAsync("etag", "lost update", Node.Stored with { Condition = WriteCondition.IsVersion(old.Version) })
            )
        );
        Assert.Equal(rows["etag"], conflict.CurrentVersion);
        var counted = await Asking.AskAsync(() => node.Counters.IncrementAsync("counter", 1, Node.Stored));
        Assert.Equal(76, counted.Value);
        await Asking.AskAsync(() => node.Texts.UpdateAsync("updated", static text => text + "er", Node.Stored));
        Assert.Equal(("76", "newer", "new"), (store.Text("counter"), store.Text("updated"), store.Text("etag")));
        Assert.Equal((counted.Receipt.Version, rows["etag"]), (store.Rows["counter"].Version, store.Rows["etag"].Version));
    }

    [Theory]
    [InlineData(Forgetting.Snapshot)]
    [InlineData(Forgetting.LaggingReplica)]
    public async Task One_that_is_newer_than_its_row_is_read_built_on_and_stored(Forgetting how)
    {
        await using var redis = await LostTail.StartAsync(how);
        var store = new ScriptedStore();
        store.Put("text", "before", 1);
        store.Put("counter", "1", 1);
        await using var node = await Node.StartAsync(redis.Address, store, flushes: false);
        var written = await node.Texts.SetAsync("text", "after");
        await node.Texts.SetAsync("first", "after");
        await node.Counters.SetAsync("counter", 7);
        await redis.MarkAsync();
        await redis.ForgetAsync();

        await Asking.AskAsync(() => node.Texts.GetAsync("text", ReadFrom.Tier));
        // A load that may fill nothing is compared as well.
        var unfilled = await node.Texts.GetAsync("text", new ReadOptions { Skips = ReadSkip.TierWrite });
        Assert.Equal(("after", written.Version), (unfilled.Value, unfilled.Version));
        store.OnLoad = static (_, _) => throw new IOException("The database is away.");
        var read = await node.Texts.GetAsync("text");
        Assert.Equal(("after", true), (read.Value, read.Stale));
        store.OnLoad = static (_, _) => Task.CompletedTask;

        await Until.TrueAsync(async () => await node.Texts.GetAsync("text") is { Value: "after", Stale: false }, "the row was compared");
        Assert.Equal("after", (await node.Texts.GetAsync("first")).Value);
        var loads = store.Loads.Count;
        Assert.Equal(written.Version, (await node.Texts.GetAsync("text")).Version);
        Assert.Equal(loads, store.Loads.Count);
        Assert.Equal(8, (await node.Counters.IncrementAsync("counter", 1)).Value);
        var changed = await node.Texts.SetAsync(
            "text",
            "later",
            new WriteOptions { Condition = WriteCondition.IsVersion(written.Version) }
        );
        await using var flusher = await Node.StartAsync(redis.Address, store);
        await flusher.Texts.Operations.FlushAsync();
        await flusher.Counters.Operations.FlushAsync();
        Assert.Equal(("later", changed.Version), (store.Text("text"), store.Rows["text"].Version));
        Assert.Equal(("8", "after"), (store.Text("counter"), store.Text("first")));
    }
}
