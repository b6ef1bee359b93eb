using Remanso.Conformance.Tiers;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>Markers, the mark up to which a partition was taken, and what goes from the queue when.</summary>
public sealed class QueueTests(TierServer server) : IAsyncDisposable
{
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(100);

    private readonly TierBed _bed = new(server.Address);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task A_queued_key_that_is_written_again_queues_no_second_marker()
    {
        var tier = await OnePartitionAsync();
        for (var i = 0; i < 5; i++)
        {
            await tier.WriteAsync("k", $"{i}");
        }

        Assert.Equal(1, await QueuedAsync());
    }

    [Fact]
    public async Task A_marker_of_nothing_has_no_age()
    {
        var tier = await OnePartitionAsync();
        await tier.DeadLetterAsync("k", "v");
        // Whose ids begin anew.
        await server.Process.CliAsync("DEL", _bed.Name(0, "q"));
        await server.Process.CliAsync("XADD", _bed.Name(0, "q"), "1-1", "k", "gone");
        Assert.Equal(1, await QueuedAsync());

        Assert.Equal(new DirtySummary(0, 0, TimeSpan.Zero, DeadLetters: 1), await tier.DirtyAsync());
    }

    [Fact]
    public async Task A_key_written_between_its_take_and_its_settlement_queues_one_marker_however_often()
    {
        var tier = await OnePartitionAsync();
        await tier.WriteAsync("k", "old");
        var leases = await tier.AcquireAllAsync();
        var taken = Assert.Single(await tier.TakeAsync(leases));
        for (var i = 0; i < 5; i++)
        {
            await tier.WriteAsync("k", $"{i}");
        }

        Assert.Equal(2, await QueuedAsync());
        Assert.Equal(SettleResult.StillDirty, await tier.SettleAsync(taken.Stored()));
        Assert.Equal(1, await QueuedAsync());
        var again = Assert.Single(await tier.TakeAsync(leases));
        Assert.Equal("4", again.Entry.Text());
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(again.Stored()));
        Assert.Equal(0, await QueuedAsync());
    }

    [Fact]
    public async Task What_a_dead_worker_took_comes_again_with_current_values_and_leaves_nothing_behind()
    {
        var tier = await OnePartitionAsync();
        for (var i = 0; i < 20; i++)
        {
            await tier.WriteAsync($"key:{i:00}", "old");
        }

        await tier.TakeAndEndAsync("dead", _moment, 12);
        for (var i = 5; i < 15; i++)
        {
            await tier.WriteAsync($"key:{i:00}", "new");
        }

        // The seven that were taken and written again have two markers, the three that were only queued have one.
        Assert.Equal(27, await QueuedAsync());
        IReadOnlyList<PartitionLease> leases = [];
        await Until.TrueAsync(async () => (leases = await tier.AcquireAllAsync("next")).Count == 1, "the lease is free");
        var seen = new Dictionary<string, string>();
        for (var taken = await tier.TakeAsync(leases, 8); taken.Count > 0; taken = await tier.TakeAsync(leases, 8))
        {
            foreach (var entry in taken)
            {
                seen.Add(entry.Key, entry.Entry.Text());
            }

            Assert.All(await tier.SettleAsync([.. taken.Select(entry => entry.Stored())], Cancelled), static result =>
                Assert.Equal(SettleResult.Settled, result)
            );
        }

        Assert.Equal(
            Enumerable.Range(0, 20).Select(i => ($"key:{i:00}", i is >= 5 and < 15 ? "new" : "old")),
            seen.Select(pair => (pair.Key, pair.Value)).Order()
        );
        Assert.Equal(0, await QueuedAsync());
        Assert.Equal(default, await tier.DirtyAsync());
    }

    [Fact]
    public async Task A_key_that_was_written_while_a_fail_over_had_taken_back_how_far_was_taken_keeps_its_marker()
    {
        var tier = await OnePartitionAsync();
        await tier.WriteAsync("k", "old");
        await tier.WriteAsync("other", "v");
        var leases = await tier.AcquireAllAsync();
        var taken = await tier.TakeAsync(leases);
        await server.Process.CliAsync("EVAL", "return redis.call('SETRANGE', KEYS[1], 40, string.rep('\\0', 8))", "1", _bed.Name(0, "s"));
        await tier.WriteAsync("k", "new");
        Assert.Equal(2, await QueuedAsync());
        Assert.Equal(
            [SettleResult.StillDirty, SettleResult.Settled],
            await tier.SettleAsync([.. taken.Select(entry => entry.Stored())], Cancelled)
        );
        var again = Assert.Single(await tier.TakeAsync(leases));
        Assert.Equal("new", again.Entry.Text());
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(again.Stored()));
        Assert.Equal(0, await QueuedAsync());
        Assert.Equal(default, await tier.DirtyAsync());
    }

    [Fact]
    public async Task A_marker_of_a_clean_entry_is_removed_when_it_is_met()
    {
        var tier = await OnePartitionAsync();
        await tier.WriteAsync("clean", "v");
        await tier.FlushAsync();
        await server.Process.CliAsync("XADD", _bed.Name(0, "q"), "5000000000000000-0", "k", "clean");
        Assert.Empty(await tier.TakeAsync(await tier.AcquireAllAsync()));
        Assert.Equal(0, await QueuedAsync());
    }

    [Fact]
    public async Task What_is_settled_behind_something_unsettled_stays_in_the_queue_until_the_next_take()
    {
        var tier = await OnePartitionAsync();
        foreach (var key in new[] { "a", "b", "c" })
        {
            await tier.WriteAsync(key, "v");
        }

        var leases = await tier.AcquireAllAsync();
        var taken = await tier.TakeAsync(leases);
        await tier.SettleAsync([taken[0].Stored(), taken[2].Stored()], Cancelled);
        Assert.Equal(2, await QueuedAsync());
        Assert.Equal("b", Assert.Single(await tier.TakeAsync(leases)).Key);
        Assert.Equal(1, await QueuedAsync());
        await tier.SettleAsync(taken[1].Stored());
        Assert.Equal(0, await QueuedAsync());
    }

    [Fact]
    public async Task However_many_left_over_markers_are_met_they_go()
    {
        // More than Lua's stack has room for.
        const int Count = 9000;
        var tier = await OnePartitionAsync();
        for (var from = 0; from < Count; from += 1000)
        {
            await tier.WriteAllAsync([.. Enumerable.Range(from, 1000).Select(i => TierBed.Write($"{i}", "v"))], Cancelled);
        }

        var leases = await tier.AcquireAllAsync();
        var taken = await tier.TakeAsync(leases, Count);
        Assert.Equal(Count, taken.Count);
        await tier.SettleAsync([.. taken.Skip(1).Select(entry => entry.Stored())], Cancelled);
        Assert.Equal(Count, await QueuedAsync());
        Assert.Equal("0", Assert.Single(await tier.TakeAsync(leases, Count)).Key);
        Assert.Equal(1, await QueuedAsync());
        Assert.Equal(1, (await tier.DirtyAsync()).Entries);
        Assert.Equal(0, tier.Vanished);
    }

    [Fact]
    public async Task A_refusal_that_is_repeated_after_the_replay_leaves_the_replay_alone()
    {
        var tier = await OnePartitionAsync();
        await tier.WriteAsync("k", "v");
        var leases = await tier.AcquireAllAsync();
        var taken = Assert.Single(await tier.TakeAsync(leases));
        await tier.SettleAsync(taken.DeadLettered());
        await tier.SettleAsync(taken.DeadLettered());
        Assert.Single(await tier.ListDeadLettersAsync(10, Cancelled));
        await tier.ReplayDeadLettersAsync(["k"], Cancelled);
        Assert.Equal(SettleResult.StillDirty, await tier.SettleAsync(taken.DeadLettered()));
        Assert.Empty(await tier.ListDeadLettersAsync(10, Cancelled));
        Assert.Equal("k", Assert.Single(await tier.TakeAsync(leases)).Key);
    }

    [Fact]
    public async Task Partitions_take_turns_though_a_batch_comes_from_few()
    {
        var tier = await _bed.StartAsync();
        for (var i = 0; i < 200; i++)
        {
            await tier.WriteAsync($"key:{i}", "v");
        }

        var leases = await tier.AcquireAllAsync();
        var partitions = new HashSet<int>();
        for (var i = 0; i < tier.Partitions; i++)
        {
            var taken = await tier.TakeAsync(leases, 10);
            partitions.Add(Assert.Single(taken.Select(entry => entry.Lease.Partition).Distinct()));
        }

        Assert.Equal(tier.Partitions, partitions.Count);
    }

    [Fact]
    public async Task A_partition_whose_queue_is_somebody_elses_holds_up_no_other()
    {
        var tier = await _bed.StartAsync();
        for (var i = 0; i < 40; i++)
        {
            await tier.WriteAsync($"key:{i}", "v");
        }

        await server.Process.CliAsync("SET", _bed.Name(0, "q"), "somebody else's");
        var leases = await tier.AcquireAllAsync();
        var taken = await tier.TakeAsync(leases);
        Assert.Equal([1, 2, 3], taken.Select(static entry => entry.Lease.Partition).Distinct().Order());
        Assert.StartsWith("1 of the partitions can't be flushed, 0 the first of them", tier.Problem, StringComparison.Ordinal);

        await server.Process.CliAsync("DEL", _bed.Name(0, "q"));
        await tier.SettleAsync([.. taken.Select(static entry => entry.Stored())], Cancelled);
        await tier.TakeAsync(leases);
        Assert.Null(tier.Problem);
    }

    [Fact]
    public async Task A_partition_that_fails_while_a_batch_is_settled_hides_nothing_of_the_others()
    {
        var tier = await _bed.StartAsync();
        for (var i = 0; i < 40; i++)
        {
            await tier.WriteAsync($"key:{i}", "v");
        }

        var leases = await tier.AcquireAllAsync();
        var taken = await tier.TakeAsync(leases);
        await server.Process.CliAsync("RENAME", _bed.Name(0, "s"), _bed.Name(0, "saved"));
        await server.Process.CliAsync("RPUSH", _bed.Name(0, "s"), "somebody else's");

        var results = await tier.SettleAsync([.. taken.Select(static entry => entry.Stored())], Cancelled);

        Assert.Equal(taken.Select(static entry => entry.Lease.Partition == 0 ? SettleResult.Unknown : SettleResult.Settled), results);
        Assert.StartsWith("1 of the partitions can't be flushed, 0 the first of them", tier.Problem, StringComparison.Ordinal);

        await server.Process.CliAsync("RENAME", _bed.Name(0, "saved"), _bed.Name(0, "s"));
        var again = await tier.TakeAsync(leases);
        Assert.Equal(
            taken.Where(static entry => entry.Lease.Partition == 0).Select(static entry => entry.Key).Order(),
            again.Select(static entry => entry.Key).Order()
        );
        await tier.SettleAsync([.. again.Select(static entry => entry.Stored())], Cancelled);
        Assert.Equal(default, await tier.DirtyAsync());
        Assert.Null(tier.Problem);
    }

    [Fact]
    public async Task Changes_are_subscribed_to_only_where_an_observer_wants_them()
    {
        var tier = await OnePartitionAsync();
        using var deaf = tier.Subscribe(new DeafObserver());
        await tier.WriteAsync("k", "v");
        Assert.Equal("0", await SubscribersAsync());
        var observer = new RecordingObserver();
        using var hearing = tier.Subscribe(observer);
        await observer.HeardAsync($"changed k {await tier.WriteAsync("k", "w")}");
        Assert.Equal("1", await SubscribersAsync());

        async Task<string> SubscribersAsync() =>
            (await server.Process.CliAsync("PUBSUB", "SHARDNUMSUB", _bed.Name(0, "s"))).Split('\n')[^1];
    }

    private Task<ICacheTier> OnePartitionAsync() => _bed.StartAsync(static options => options.Partitions = 1);

    private async Task<int> QueuedAsync() =>
        int.Parse(await server.Process.CliAsync("XLEN", _bed.Name(0, "q")), System.Globalization.CultureInfo.InvariantCulture);

    private sealed class DeafObserver : ITierObserver
    {
        public bool HearsChanges => false;
    }
}
