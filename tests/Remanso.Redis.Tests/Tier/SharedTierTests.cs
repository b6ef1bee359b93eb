using Remanso.Conformance.Tiers;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>What several processes see of one cache.</summary>
public sealed class SharedTierTests(TierServer server) : IAsyncDisposable
{
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan _moment = TimeSpan.FromMilliseconds(100);

    private readonly TierBed _bed = new(server.Address);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task What_one_process_wrote_another_reads()
    {
        var (a, b) = (await _bed.StartAsync(), await _bed.StartAsync());
        var version = await a.WriteAsync("k", "v");
        var entry = await b.HitAsync("k");
        Assert.Equal(("v", version, true), (entry.Text(), entry.Version, entry.IsDirty));
    }

    [Fact]
    public async Task Another_processs_write_voids_the_fill_lease()
    {
        var (a, b) = (await _bed.StartAsync(), await _bed.StartAsync());
        var token = await a.LeaseAsync("k");
        await b.WriteAsync("k", "written");
        var fill = await a.FillAsync(TierSteps.Loaded("k", token, "loaded", a.Now + 1_000_000_000));
        Assert.False(fill.Filled);
        Assert.Equal("written", fill.Current!.Text());
    }

    [Fact]
    public async Task A_clear_by_another_process_is_in_force_when_it_returns()
    {
        var (a, b) = (await _bed.StartAsync(), await _bed.StartAsync());
        for (var i = 0; i < 50; i++)
        {
            await a.FillAsync("k", "v", 42);
            await b.InvalidateAllAsync(Cancelled);
            await a.AssertMissAsync("k");
        }
    }

    [Fact]
    public async Task Whoever_waits_for_another_processs_fill_is_woken()
    {
        var (a, b) = (await _bed.StartAsync(), await _bed.StartAsync());
        var token = await a.LeaseAsync("k");
        Assert.Equal(0, (await b.ReadAsync("k", TierSteps.Holder + 1, Cancelled)).Lease);
        var wait = b.WaitForFillAsync("k", _hour, Cancelled).AsTask();
        await a.FillAsync(TierSteps.Loaded("k", token, "v", 42));
        await wait.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Cancelled);
        Assert.Equal("v", (await b.HitAsync("k")).Text());
    }

    [Fact]
    public async Task A_holder_that_died_is_replaced_when_its_lease_expires()
    {
        // The one that lives keeps its lease, however busy the machine is.
        var (a, b) = (await _bed.StartAsync(static options => options.FillLease = _moment), await _bed.StartAsync());
        var dead = await a.LeaseAsync("k");
        long token = 0;
        await Until.TrueAsync(
            async () =>
            {
                await b.WaitForFillAsync("k", _hour, Cancelled);
                return (token = (await b.ReadAsync("k", TierSteps.Holder + 1, Cancelled)).Lease) != 0;
            },
            "the next reader has the lease"
        );
        Assert.NotEqual(dead, token);
        Assert.False((await a.FillAsync(TierSteps.Loaded("k", dead, "late", 42))).Filled);
        Assert.True((await b.FillAsync(TierSteps.Loaded("k", token, "loaded", 42))).Filled);
    }

    [Fact]
    public async Task A_workers_settlement_that_comes_after_its_lease_moved_changes_nothing()
    {
        var (paused, successor) = (await _bed.StartAsync(), await _bed.StartAsync());
        await paused.WriteAsync("k", "old");
        var taken = Assert.Single(await paused.TakeAndEndAsync("paused", _moment));
        var leases = await AcquireWhenFreeAsync(successor);
        await successor.WriteAsync("k", "new");
        var again = Assert.Single(await successor.TakeAsync(leases));

        Assert.Equal(SettleResult.LeaseLost, await paused.SettleAsync(taken.Stored()));
        Assert.Equal(SettleResult.LeaseLost, await paused.SettleAsync(taken.DeadLettered()));
        Assert.Equal(SettleResult.LeaseLost, await paused.SettleAsync(taken.Superseded("row", taken.Entry.Version + 1)));

        Assert.True((await successor.HitAsync("k")).IsDirty);
        Assert.Equal("new", again.Entry.Text());
        Assert.Equal(SettleResult.Settled, await successor.SettleAsync(again.Stored()));
        Assert.Empty(await successor.ListDeadLettersAsync(10, Cancelled));
    }

    [Fact]
    public async Task What_a_dead_worker_had_taken_the_next_one_takes()
    {
        var (dead, next) = (await _bed.StartAsync(), await _bed.StartAsync());
        for (var i = 0; i < 20; i++)
        {
            await dead.WriteAsync($"key:{i}", $"{i}");
        }

        Assert.Equal(12, (await dead.TakeAndEndAsync("dead", _moment, 12)).Count);
        var taken = await next.TakeAsync(await AcquireWhenFreeAsync(next));
        Assert.Equal(20, taken.Select(entry => entry.Key).Distinct().Count());
    }

    [Fact]
    public async Task The_queues_are_empty_after_the_flush()
    {
        var tier = await _bed.StartAsync();
        for (var i = 0; i < 100; i++)
        {
            await tier.WriteAsync($"key:{i % 40}", $"{i}");
        }

        await tier.FlushAsync();
        for (var partition = 0; partition < tier.Partitions; partition++)
        {
            Assert.Equal("0", await server.Process.CliAsync("XLEN", _bed.Name(partition, "q")));
            Assert.DoesNotContain(await server.Process.CliAsync("GETRANGE", _bed.Name(partition, "s"), "0", "23"), static character =>
                character != '\0'
            );
        }
    }

    [Fact]
    public async Task A_dirty_entry_has_no_expiry_on_the_server_and_a_clean_one_has()
    {
        var tier = await _bed.StartAsync();
        await tier.FillAsync("k", "v", 42);
        Assert.NotEqual("-1", await TtlAsync());
        await tier.WriteAsync("k", "w");
        Assert.Equal("-1", await TtlAsync());
        await tier.FlushAsync();
        Assert.NotEqual("-1", await TtlAsync());

        Task<string> TtlAsync() => server.Process.CliAsync("PTTL", _bed.EntryOf("k"));
    }

    [Fact]
    public async Task The_limit_of_dirty_entries_holds_over_partitions_and_processes()
    {
        var (a, b) = (await _bed.StartAsync(Limited), await _bed.StartAsync(Limited));
        for (var i = 0; i < 100; i++)
        {
            await a.WriteAsync($"key:{i}", "v");
        }

        Assert.Equal(TierWriteOutcome.Full, (await a.TryWriteAsync(TierBed.Write("one more", "v"))).Outcome);

        // The other process learns it by its own looks, five in a second.
        var accepted = 0;
        await Until.TrueAsync(
            async () => (await b.TryWriteAsync(TierBed.Write($"more:{accepted++}", "v"))).Outcome == TierWriteOutcome.Full,
            "the other process refuses"
        );
        Assert.InRange((await b.DirtyAsync()).Entries, 100, 100 + accepted - 1);
        await a.FlushAsync();
        Assert.Equal(TierWriteOutcome.Accepted, (await b.TryWriteAsync(TierBed.Write("one more", "v"))).Outcome);

        static void Limited(TierOptions options) => options.MaxDirtyEntries = 100;
    }

    [Fact]
    public async Task Another_number_of_partitions_is_refused_with_both_numbers()
    {
        await _bed.StartAsync();
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => _bed.StartAsync(options => options.Partitions = 8));
        Assert.Contains("4 on this Redis", refused.Message, StringComparison.Ordinal);
        Assert.Contains("8 here", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a b\u00a0c")]
    [InlineData("{}:{x}}{")]
    [InlineData("👩‍👩‍👧 família/мир 世界")]
    [InlineData("*[a-z]?\\\"'%25")]
    public async Task Any_key_goes_all_the_way(string key)
    {
        var tier = await _bed.StartAsync();
        var observer = new RecordingObserver();
        using var subscription = tier.Subscribe(observer);
        var version = await tier.WriteAsync(key, "v");
        await observer.HeardAsync($"changed {key} {version}");
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        Assert.Equal(key, taken.Key);
        await tier.SettleAsync(taken.DeadLettered("refused: ñ"));
        await observer.HeardAsync($"dead {key} {version} refused: ñ");
        Assert.Equal(1, await tier.ReplayDeadLettersAsync([key], Cancelled));
        await tier.FlushAsync();
        await observer.HeardAsync($"stored {key} {version}");
        await tier.InvalidateAsync(key);
        await tier.AssertMissAsync(key);
    }

    [Fact]
    public async Task A_megabyte_of_any_bytes_comes_back()
    {
        var tier = await _bed.StartAsync();
        var value = new byte[1 << 20];
        Random.Shared.NextBytes(value);
        await tier.WriteAsync(new TierWrite { Key = "k", Value = value }, Cancelled);
        Assert.Equal(value, (await tier.HitAsync("k")).Value.ToArray());
        Assert.Equal(value, Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync())).Entry.Value.ToArray());
    }

    [Fact]
    public async Task More_than_fits_in_one_take_is_taken_by_the_next_ones()
    {
        var tier = await _bed.StartAsync(options => (options.Partitions, options.MaxBytes) = (1, 512L << 20));
        for (var i = 0; i < 40; i++)
        {
            await tier.WriteAsync(new TierWrite { Key = $"{i}", Value = new byte[1 << 20] }, Cancelled);
        }

        var leases = await tier.AcquireAllAsync();
        var first = await tier.TakeAsync(leases);
        Assert.InRange(first.Count, 1, 39);
        await tier.SettleAsync([.. first.Select(entry => entry.Stored())], Cancelled);
        var second = await tier.TakeAsync(leases);
        Assert.Equal(40, first.Concat(second).Select(entry => entry.Key).Distinct().Count());
    }

    private static async Task<IReadOnlyList<PartitionLease>> AcquireWhenFreeAsync(ICacheTier tier)
    {
        IReadOnlyList<PartitionLease> leases = [];
        await Until.TrueAsync(
            async () => (leases = await tier.AcquireAllAsync("successor")).Count == tier.Partitions,
            "the leases are free"
        );
        return leases;
    }
}
