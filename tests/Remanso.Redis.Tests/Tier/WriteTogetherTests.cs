using Remanso.Conformance.Tiers;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Servers;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>Writes of one partition that go together, and what they cost the server: one of its own, whose commands are
/// counted.</summary>
public sealed class WriteTogetherTests : OwnServerTests
{
    [Fact]
    public async Task Many_writes_of_a_partition_are_one_call_that_asks_for_the_time_and_the_sums_once()
    {
        var tier = await OnePartitionAsync();
        var observer = new RecordingObserver();
        using var subscription = tier.Subscribe(observer);
        await tier.WriteAsync("first", "v");
        var before = await Server.CallsAsync("evalsha", "time", "setrange", "spublish", "xadd", "set", "mset");

        var results = await tier.WriteAllAsync(Writes(100), Cancelled);

        Assert.Equal(
            [1, 1, 1, 1, 100, 0, 1],
            (await Server.CallsAsync("evalsha", "time", "setrange", "spublish", "xadd", "set", "mset")).Zip(before, (a, b) => a - b)
        );
        Assert.All(results, static result => Assert.Equal(TierWriteOutcome.Accepted, result.Outcome));
        for (var i = 0; i < 100; i++)
        {
            await observer.HeardAsync($"changed {i} {results[i].Version}");
            var entry = await tier.HitAsync($"{i}");
            Assert.Equal(($"v{i}", results[i].Version, true), (entry.Text(), entry.Version, entry.IsDirty));
        }

        var dirty = await tier.DirtyAsync();
        Assert.Equal((101L, 190L + 290 + 6), (dirty.Entries, dirty.Bytes));
        Assert.Equal(101, (await tier.TakeAsync(await tier.AcquireAllAsync(), 1000)).Count);
    }

    [Fact]
    public async Task What_is_written_during_its_flush_is_flushed_again_and_versions_follow_the_clock()
    {
        var tier = await OnePartitionAsync();
        await tier.WriteAllAsync(Writes(3), Cancelled);
        var leases = await tier.AcquireAllAsync();
        var taken = await tier.TakeAsync(leases);
        await tier.FillAsync("loaded", "old", 42);
        var again = await tier.WriteAllAsync([.. Writes(2), TierBed.Write("loaded", "new")], Cancelled);
        Assert.All(again, result => Assert.InRange(result.Version, tier.Now - 5_000_000, tier.Now + 5_000_000));
        Assert.Equal(
            [SettleResult.StillDirty, SettleResult.StillDirty, SettleResult.Settled],
            await tier.SettleAsync([.. taken.OrderBy(static entry => entry.Key).Select(static entry => entry.Stored())], Cancelled)
        );
        Assert.Equal(["0", "1", "loaded"], (await tier.TakeAsync(leases)).Select(static entry => entry.Key).Order());
    }

    [Fact]
    public async Task A_key_queues_one_marker_before_its_take_and_one_behind_it_however_often_it_is_written()
    {
        var tier = await OnePartitionAsync();
        await tier.WriteAllAsync(Writes(3), Cancelled);
        await tier.WriteAllAsync(Writes(3), Cancelled);
        Assert.Equal("3", await QueuedAsync());
        await tier.TakeAsync(await tier.AcquireAllAsync());
        await tier.WriteAllAsync(Writes(2), Cancelled);
        await tier.WriteAllAsync(Writes(2), Cancelled);
        Assert.Equal("5", await QueuedAsync());
    }

    [Fact]
    public async Task A_write_that_nobody_shares_goes_by_the_script_for_one()
    {
        var tier = await OnePartitionAsync();
        await tier.WriteAsync("a", "v");
        await tier.WriteAllAsync(Writes(2), Cancelled);
        var observer = new RecordingObserver();
        using var subscription = tier.Subscribe(observer);
        var alone = await tier.WriteAsync("b", "v");
        var deleted = await tier.DeleteAsync("a");
        await observer.HeardAsync($"changed b {alone}");
        await observer.HeardAsync($"changed a {deleted}");
    }

    [Fact]
    public async Task Where_nothing_is_dirty_its_sums_cost_no_script()
    {
        var tier = await OnePartitionAsync();
        await tier.WriteAsync("k", "v");
        Assert.Equal(1, (await tier.DirtyAsync()).Entries);
        await tier.FlushAsync();
        var before = await Server.CallsAsync("evalsha");
        Assert.Equal(default, await tier.DirtyAsync());
        Assert.Equal(before, await Server.CallsAsync("evalsha"));
        await tier.DeadLetterAsync("k", "refused");
        Assert.Equal(1, (await tier.DirtyAsync()).DeadLetters);
    }

    [Fact]
    public async Task What_finds_no_room_is_refused_alone()
    {
        var tier = await OnePartitionAsync(static options => options.MaxDirtyEntries = 3);
        await tier.WriteAsync("0", "old");
        var results = await tier.WriteAllAsync([.. Writes(4), new TierWrite { Key = "0", Tombstone = true }], Cancelled);
        Assert.Equal(
            [
                TierWriteOutcome.Accepted,
                TierWriteOutcome.Accepted,
                TierWriteOutcome.Accepted,
                TierWriteOutcome.Full,
                TierWriteOutcome.Accepted,
            ],
            results.Select(static result => result.Outcome)
        );
        Assert.True(results[3].RetryAfter > TimeSpan.Zero);
        Assert.Equal(3, (await tier.DirtyAsync()).Entries);
        await tier.AssertMissAsync("3");
        Assert.True((await tier.HitAsync("0")).IsTombstone);
    }

    // They need no marker, so the values are the first that Redis is asked to keep.
    [Fact]
    public async Task Where_memory_is_short_none_of_what_is_dirty_already_is_overwritten_or_counted()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync(static options => options.Partitions = 1);
        await tier.WriteAllAsync(Writes(3), Cancelled);
        var before = await tier.DirtyAsync();
        await server.CliAsync("CONFIG", "SET", "maxmemory", "1");

        var results = await tier.WriteAllAsync(
            [.. Enumerable.Range(0, 3).Select(static i => TierBed.Write($"{i}", "longer than before"))],
            Cancelled
        );

        Assert.All(results, static result => Assert.Equal(TierWriteOutcome.Full, result.Outcome));
        Assert.Equal("v1", (await tier.HitAsync("1")).Text());
        Assert.Equal((before.Entries, before.Bytes), ((await tier.DirtyAsync()).Entries, (await tier.DirtyAsync()).Bytes));
    }

    [Fact]
    public async Task An_account_that_may_not_write_all_values_at_once_writes_them_one_by_one()
    {
        await using var server = await RedisProcess.StartAsync();
        await server.CliAsync("ACL", "SETUSER", RedisProcess.User, "-mset");
        await using var bed = new TierBed(server.Address);
        var tier = await bed.StartAsync(static options => options.Partitions = 1);

        var results = await tier.WriteAllAsync(Writes(3), Cancelled);

        Assert.All(results, static result => Assert.Equal(TierWriteOutcome.Accepted, result.Outcome));
        Assert.Equal(3, (await tier.DirtyAsync()).Entries);
        Assert.Equal(
            ["v0", "v1", "v2"],
            (await tier.TakeAsync(await tier.AcquireAllAsync())).Select(static entry => entry.Entry.Text()).Order()
        );
    }

    [Fact]
    public async Task A_dead_letter_may_be_deleted_at_the_limit_also_beside_others_and_counts_then()
    {
        var tier = await OnePartitionAsync(static options => options.MaxDirtyEntries = 2);
        await tier.DeadLetterAsync("dead", "refused");
        await tier.WriteAllAsync([TierBed.Write("a", "v"), TierBed.Write("b", "v")], Cancelled);

        var results = await tier.WriteAllAsync([new TierWrite { Key = "dead", Tombstone = true }, TierBed.Write("c", "v")], Cancelled);

        Assert.Equal([TierWriteOutcome.Accepted, TierWriteOutcome.Full], results.Select(static result => result.Outcome));
        Assert.Equal(new DirtySummary(3, 8, default, 0), await tier.DirtyAsync() with { OldestAge = default });
        Assert.True((await tier.HitAsync("dead")).IsTombstone);
    }

    [Fact]
    public async Task What_is_tried_again_for_want_of_room_is_tried_alone()
    {
        await using var connection = Connect(out var scripts);
        await using var tier = await StartWithRoomForTwoAsync(connection);
        var calls = new List<int>();
        scripts.Before = (script, keys) =>
        {
            if (!IsOfMany(script))
            {
                return;
            }

            calls.Add(keys);
            if (calls.Count == 2)
            {
                throw new RedisServerException("READONLY a fail-over is under way");
            }
        };

        var results = await tier.WriteAllAsync(Writes(4), Cancelled);

        // The two that were made are not made a second time.
        Assert.Equal([3 + 4, 3 + 2, 3 + 2], calls);
        Assert.Equal(2, results.Count(static result => result.Outcome == TierWriteOutcome.Full));
        Assert.Equal(results[0].Version, (await tier.HitAsync("0")).Version);
    }

    [Fact]
    public async Task Where_what_is_tried_again_fails_the_others_are_made()
    {
        await using var connection = Connect(out var scripts);
        await using var tier = await StartWithRoomForTwoAsync(connection);
        var calls = 0;
        scripts.Before = (script, _) =>
        {
            if (IsOfMany(script) && ++calls == 2)
            {
                throw new RedisConnectionException("gone", mayHaveRun: false);
            }
        };

        var results = await tier.WriteManyAsync(Writes(4), Cancelled);

        Assert.All(results.Take(2), static result => Assert.Equal(TierWriteOutcome.Accepted, result.Get().Outcome));
        Assert.All(results.Skip(2), static result => Assert.False(Assert.IsType<TierUnavailableException>(result.Error).MayHaveHappened));
        await tier.HitAsync("1");
        await tier.AssertMissAsync("2");
    }

    [Fact]
    public async Task Of_many_keys_somebody_elses_bytes_are_the_error_of_theirs_alone()
    {
        var tier = await OnePartitionAsync();
        await Server.CliAsync("SADD", Bed.EntryOf("1", 1), "a set");

        var written = await tier.WriteManyAsync(Writes(3), Cancelled);
        await Server.CliAsync("SET", Bed.EntryOf("1", 1), "somebody else's");
        var read = await tier.ReadManyAsync(["0", "1", "2"], 0, Cancelled);

        Assert.Equal([null, typeof(InvalidDataException), null], written.Select(static write => write.Error?.GetType()));
        Assert.Equal([null, typeof(InvalidDataException), null], read.Select(static read => read.Error?.GetType()));
        Assert.All(read.Where(static read => read.Error is null), static read => Assert.Equal(TierReadOutcome.Hit, read.Value.Outcome));
    }

    [Fact]
    public async Task Somebody_elses_bytes_are_the_error_of_their_key_alone()
    {
        var tier = await OnePartitionAsync();
        await Server.CliAsync("SET", Bed.EntryOf("1", 1), "somebody else's");
        await Server.CliAsync("SADD", Bed.EntryOf("2", 1), "a set");
        var first = tier.WriteAsync(TierBed.Write("first", "v"), Cancelled).AsTask();
        var all = Writes(4).Select(write => tier.WriteAsync(write, Cancelled).AsTask()).ToArray();
        await first;
        await Assert.ThrowsAsync<InvalidDataException>(() => all[1]);
        await Assert.ThrowsAsync<InvalidDataException>(() => all[2]);
        Assert.Equal(TierWriteOutcome.Accepted, (await all[0]).Outcome);
        Assert.Equal(TierWriteOutcome.Accepted, (await all[3]).Outcome);
    }

    [Fact]
    public async Task Leases_are_looked_for_only_while_one_may_be_in_force()
    {
        var tier = await OnePartitionAsync();
        await tier.WriteAllAsync(Writes(5), Cancelled);
        Assert.Equal(0, (await Server.CallsAsync("getdel"))[0]);

        var lease = await tier.LeaseAsync("loaded");
        var results = await tier.WriteAllAsync([TierBed.Write("loaded", "new"), TierBed.Write("other", "v")], Cancelled);
        Assert.Equal(2, (await Server.CallsAsync("getdel"))[0]);
        await tier.FlushAsync();
        // What was read under it may be the row from before.
        Assert.False((await tier.FillAsync(TierSteps.Loaded("loaded", lease, "old", -1))).Filled);
        Assert.Equal(results[0].Version, (await tier.HitAsync("loaded")).Version);
    }

    [Fact]
    public async Task A_lease_that_was_renewed_is_voided_as_well()
    {
        var tier = await OnePartitionAsync(static options => options.FillLease = TimeSpan.FromSeconds(60));
        var lease = await tier.LeaseAsync("loaded");
        // As if it had run for long: what was noted of its end is over.
        await Server.CliAsync("EVAL", "redis.call('SETRANGE', KEYS[1], 152, string.rep('\\0', 8))", "1", Bed.Name(0, "s"));
        await tier.RenewFillLeasesAsync([new("loaded", lease)], Cancelled);
        await tier.WriteAsync("loaded", "new");
        await tier.FlushAsync();
        Assert.False((await tier.FillAsync(TierSteps.Loaded("loaded", lease, "old", -1))).Filled);
    }

    [Fact]
    public async Task Whoever_waits_for_a_fill_is_woken()
    {
        var tier = await OnePartitionAsync(static options => options.FillLease = TimeSpan.FromSeconds(60));
        await tier.LeaseAsync("k", holder: 1);
        var waiting = tier.WaitForFillAsync("k", TimeSpan.FromMinutes(5), Cancelled).AsTask();
        await Until.TrueAsync(async () => (await Server.CliAsync("GET", Bed.Name(0, "l:k"))).EndsWith('w'), "somebody waits");
        await tier.WriteAllAsync([TierBed.Write("k", "v"), TierBed.Write("other", "v")], Cancelled);
        await waiting;
    }

    [Fact]
    public async Task A_flush_is_wanted_once_as_the_queue_passes_a_batch_and_at_once_where_somebody_waits()
    {
        var tier = await OnePartitionAsync(static options => options.FlushBatchSize = 10);
        var observer = new RecordingObserver();
        using var subscription = tier.Subscribe(observer);
        await tier.WriteAllAsync(Writes(8), Cancelled);
        await tier.WriteAllAsync([.. Writes(20).Skip(8)], Cancelled);
        await tier.WriteAllAsync([.. Writes(25).Skip(20)], Cancelled);
        await tier.WriteAllAsync([TierBed.Write("a", "v"), TierBed.Write("b", "v", urgent: true)], Cancelled);
        await observer.HeardAsync("flush wanted at once");
        Assert.Single(observer.Heard, static line => line == "flush wanted");
    }

    [Fact]
    public async Task Dead_letters_are_superseded_and_a_trace_goes_along()
    {
        var tier = await OnePartitionAsync();
        await tier.DeadLetterAsync("0", "refused");
        await tier.DeadLetterAsync("1", "refused");
        var writes = Writes(3);
        writes[2] = writes[2] with { TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
        await tier.WriteAllAsync(writes, Cancelled);
        Assert.Empty(await tier.ListDeadLettersAsync(10, Cancelled));
        var dirty = await tier.DirtyAsync();
        Assert.Equal((3L, 0L), (dirty.Entries, dirty.DeadLetters));
        var taken = await tier.TakeAsync(await tier.AcquireAllAsync());
        Assert.Equal(writes.Select(static write => write.TraceParent), taken.Select(static entry => entry.TraceParent));
    }

    [Fact]
    public async Task Type_tags_expiry_and_spans_are_kept()
    {
        var tier = await OnePartitionAsync();
        var expires = tier.Now + 3_600_000_000;
        var write = TierBed.Write("a", "value") with { ContentType = "text/plain", Tags = ["red", "blå"], ExpiresAt = expires };
        var own = TierBed.Write("b", "value") with { OwnTtl = TimeSpan.FromSeconds(90), OwnGrace = TimeSpan.FromSeconds(30) };
        await tier.WriteAllAsync([write, own], Cancelled);
        var entry = await tier.HitAsync("a");
        Assert.Equal(("value", "text/plain", expires), (entry.Text(), entry.ContentType, entry.ExpiresAt));
        Assert.Equal(["red", "blå"], entry.Tags!);
        await tier.FlushAsync();
        var stored = await tier.HitAsync("b");
        Assert.InRange(stored.FreshUntil - tier.Now, 80_000_000, 91_000_000);
        Assert.InRange(stored.StaleUntil - stored.FreshUntil, 29_000_000, 31_000_000);
        await tier.RemoveByTagAsync(["blå"], Cancelled);
        await tier.AssertMissAsync("a");
    }

    private Task<string> QueuedAsync() => Server.CliAsync("XLEN", Bed.Name(0, "q"));

    private static bool IsOfMany(RedisScript script) =>
        script.Body.Contains("-- Writes or deletes keys of one partition", StringComparison.Ordinal);

    private RedisConnection Connect(out ScriptWatch scripts) => ScriptWatch.Connect(Server.Address, out scripts);

    private static async Task<RedisTier> StartWithRoomForTwoAsync(RedisConnection connection)
    {
        var tier = new RedisTier(TierServer.NewCache(), new TierOptions { Partitions = 1, MaxDirtyEntries = 2 }, connection);
        await tier.InitializeAsync(Cancelled);
        return tier;
    }

    private static TierWrite[] Writes(int count) => [.. Enumerable.Range(0, count).Select(static i => TierBed.Write($"{i}", $"v{i}"))];

    private Task<ICacheTier> OnePartitionAsync(Action<TierOptions>? configure = null) =>
        Bed.StartAsync(options =>
        {
            options.Partitions = 1;
            configure?.Invoke(options);
        });
}
