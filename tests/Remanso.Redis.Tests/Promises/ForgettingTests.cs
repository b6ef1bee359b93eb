using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Tests.Resp;
using Remanso.Redis.Tests.Tier;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>What a tier remembers of the time before it forgot is no answer, no condition's base and no merge's base.</summary>
public sealed class ForgettingTests
{
    [Theory]
    [InlineData(Forgetting.Snapshot)]
    [InlineData(Forgetting.CutLog)]
    [InlineData(Forgetting.Backup)]
    [InlineData(Forgetting.LaggingReplica)]
    public async Task No_clean_copy_from_before_answers_a_read_a_condition_or_a_merge(Forgetting how)
    {
        await using var redis = await LostTail.StartAsync(how);
        var store = new ScriptedStore();
        await using var node = await Node.StartAsync(redis.Address, store, static options => options.Near.Enabled = true);
        await node.Counters.SetAsync("counter", 50, Node.Stored);
        await node.Counters.SetAsync("maximum", 50, Node.Stored);
        var old = await node.Texts.SetAsync("etag", "old", Node.Stored);
        await node.Texts.SetAsync("deleted", "old", Node.Stored);
        await node.Texts.SetAsync("updated", "old", Node.Stored);
        await Until.TrueAsync(async () => (await node.Texts.Operations.GetStatisticsAsync()).Dirty.Entries == 0, "the tier has settled");
        await redis.MarkAsync();
        Assert.Equal(75, (await node.Counters.IncrementAsync("counter", 25, Node.Stored)).Value);
        await node.Counters.SetAsync("maximum", 70, Node.Stored);
        await node.Texts.SetAsync("etag", "new", Node.Stored);
        await node.Texts.RemoveAsync("deleted", Node.Stored);
        await node.Texts.SetAsync("updated", "new", Node.Stored);
        var rows = store.Rows.ToDictionary(static row => row.Key, static row => row.Value.Version);
        await redis.ForgetAsync();

        // The first answer that comes is the right one: nothing has to be noticed first.
        Assert.False((await Asking.AskAsync(() => node.Texts.GetAsync("deleted", ReadFrom.Tier))).Found);
        Assert.False((await Asking.AskAsync(() => node.Texts.GetAsync("updated", ReadFrom.Tier))).Found);
        Assert.Null((await node.Texts.GetAsync("deleted")).Value);
        Assert.Equal("new", (await node.Texts.GetAsync("updated")).Value);
        var conflict = await Assert.ThrowsAsync<VersionConflictException>(() =>
            node.Texts.SetAsync("etag", "lost update", Node.Stored with { Condition = WriteCondition.IsVersion(old.Version) }).AsTask()
        );
        Assert.Equal(rows["etag"], conflict.CurrentVersion);
        var counted = await node.Counters.IncrementAsync("counter", 1, Node.Stored);
        Assert.Equal(76, counted.Value);
        Assert.Equal(70, (await node.Counters.MaxAsync("maximum", 60, Node.Stored)).Value);
        Assert.Equal(("76", counted.Receipt.Version), (store.Text("counter"), store.Rows["counter"].Version));
        Assert.True(counted.Receipt.Version > rows["counter"]);
        Assert.Equal(("new", rows["etag"]), (store.Text("etag"), store.Rows["etag"].Version));
    }

    [Fact]
    public async Task A_server_that_is_demoted_and_promoted_again_on_the_same_connection_is_noticed_within_seconds()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync();
        await tier.FillAsync("k", "old", 42);
        var observer = new RecordingObserver();
        using var subscription = tier.Subscribe(observer);
        await using var admin = await TestClient.ConnectAsync(RedisProcess.AdminAddressOf(server));

        // In one go: a look at the roles in between would end the connection.
        var demoted = admin.DoAsync("REPLICAOF", "127.0.0.1", "1");
        var promoted = admin.DoAsync("REPLICAOF", "NO", "ONE");
        Assert.True(await demoted);
        Assert.True(await promoted);
        await Until.TrueAsync(async () => (await tier.ReadAsync("k")).Outcome == TierReadOutcome.Miss, "its copies are void");
        await observer.HeardAsync("cleared");
    }

    [Theory]
    [InlineData(Forgetting.Snapshot)]
    [InlineData(Forgetting.CutLog)]
    [InlineData(Forgetting.Backup)]
    [InlineData(Forgetting.LaggingReplica)]
    public async Task Accepted_writes_that_went_back_with_Redis_are_told_once(Forgetting how)
    {
        using var log = new RecordingLog();
        await using var redis = await LostTail.StartAsync(how);
        await using var bed = new TierBed(redis.Address, log: log);
        var tier = await bed.StartAsync(static options => options.Partitions = 2);
        await tier.WriteAsync("kept", "v");
        await redis.MarkAsync();
        for (var i = 0; i < 20; i++)
        {
            await tier.WriteAsync($"lost{i}", "v");
        }

        await tier.EstimateDirtyAsync(CancellationToken.None);
        await redis.ForgetAsync();

        await Until.TrueAsync(
            async () =>
            {
                await Asking.AskAsync(() => tier.EstimateDirtyAsync(CancellationToken.None));
                return Told().Any();
            },
            "it is told"
        );
        await tier.WriteAsync("later", "v");
        await tier.EstimateDirtyAsync(CancellationToken.None);
        await tier.GetDirtyAsync(CancellationToken.None);
        var line = Assert.Single(Told());
        Assert.Contains("in 2 partitions", line, StringComparison.Ordinal);
        Assert.EndsWith("Up to 21 entries were dirty there", line, StringComparison.Ordinal);

        IEnumerable<string> Told() => log.Lines.Where(static one => one.Contains("came back as it was", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_return_that_lost_nothing_accepted_is_not_told_so(bool isStored)
    {
        using var log = new RecordingLog();
        await using var redis = await LostTail.StartAsync(Forgetting.Backup);
        await using var bed = new TierBed(redis.Address, log: log);
        var tier = await bed.StartAsync();
        await tier.WriteAsync("k", "v");
        if (isStored)
        {
            await redis.MarkAsync();
            await tier.WriteAsync("k", "w");
            await tier.WriteAsync("l", "w");
            await tier.FlushAsync();
        }

        await tier.EstimateDirtyAsync(CancellationToken.None);
        if (!isStored)
        {
            await redis.MarkAsync();
        }

        await redis.ForgetAsync();
        await Asking.AskAsync(() => tier.ReadAsync("k"));
        for (var i = 0; i < 3; i++)
        {
            await tier.EstimateDirtyAsync(CancellationToken.None);
            await tier.WriteAsync($"later{i}", "v");
        }

        Assert.DoesNotContain(log.Lines, static line => line.Contains("came back as it was", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_dirty_before_stays_and_is_the_stores_to_judge()
    {
        await using var redis = await LostTail.StartAsync(Forgetting.Snapshot);
        await using var bed = new TierBed(redis.Address);
        var tier = await bed.StartAsync();
        var version = await tier.WriteAsync("k", "v");
        await redis.MarkAsync();
        await tier.FlushAsync();
        await redis.ForgetAsync();
        var entry = (await Asking.AskAsync(() => tier.ReadAsync("k"))).Entry!;
        Assert.Equal((version, true), (entry.Version, entry.IsDirty));
    }

    [Theory]
    [InlineData(Forgetting.Snapshot)]
    [InlineData(Forgetting.LaggingReplica)]
    public async Task What_returned_dirty_keeps_its_marker_when_a_batch_from_before_is_settled(Forgetting how)
    {
        await using var redis = await LostTail.StartAsync(how);
        await using var bed = new TierBed(redis.Address);
        var tier = await bed.StartAsync(static options => options.Partitions = 1);
        var leases = await tier.AcquireAllAsync();
        var version = await tier.WriteAsync("returns", "v");
        await redis.MarkAsync();
        var taken = Assert.Single(await tier.TakeAsync(leases));
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(taken.Stored()));
        await tier.WriteAsync("forgotten", "v");
        var later = Assert.Single(await tier.TakeAsync(leases));
        await redis.ForgetAsync();
        await Until.TrueAsync(async () => await tier.SettleAsync(later.Stored()) != SettleResult.Unknown, "Redis can be reached");
        var returned = Assert.Single(await tier.TakeAsync(leases));
        Assert.Equal(("returns", version), (returned.Key, returned.Entry.Version));
    }
}
