using Remanso.Conformance.Tiers;
using Remanso.Redis.Tests.Tier;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>The steps of a dirty entry that has returned, one by one, in the orders that are rare.</summary>
public sealed class ReturnedEntryTests : IAsyncLifetime
{
    private RedisProcess? _server;
    private TierBed? _bed;

    [Fact]
    public async Task It_is_no_hit_until_a_load_has_found_it_to_be_the_newer_one()
    {
        var tier = await StartAsync();
        var version = await tier.WriteAsync("k", "dirty");
        await ForgetAsync(tier);

        var read = await tier.ReadAsync("k", TierSteps.Holder, CancellationToken.None);
        Assert.Equal((TierReadOutcome.Stale, true), (read.Outcome, read.Entry!.HasReturned));
        Assert.Equal(TierWriteOutcome.NotResident, (await tier.WriteIfAsync("k", "next", WriteCondition.IsVersion(version))).Outcome);
        var filled = await tier.FillAsync(TierSteps.Loaded("k", read.Lease, "row", version - 1));

        Assert.Equal(
            (false, "dirty", true, false),
            (filled.Filled, filled.Current!.Text(), filled.Current!.IsDirty, filled.Current!.HasReturned)
        );
        Assert.Equal(version, (await tier.HitAsync("k")).Version);
        Assert.Equal(TierWriteOutcome.Accepted, (await tier.WriteIfAsync("k", "next", WriteCondition.IsVersion(version))).Outcome);
    }

    [Fact]
    public async Task It_is_found_to_be_the_newer_one_where_not_a_byte_is_free()
    {
        var tier = await StartAsync();
        var version = await tier.WriteAsync("k", "dirty");
        await ForgetAsync(tier);
        var lease = await tier.LeaseAsync("k");
        await _server!.CliAsync("CONFIG", "SET", "maxmemory", "1");

        var filled = await tier.FillAsync(TierSteps.Loaded("k", lease, "row", version - 1));

        Assert.Equal((false, "dirty", false), (filled.Filled, filled.Current!.Text(), filled.Current!.HasReturned));
        Assert.Equal(version, (await tier.HitAsync("k")).Version);
    }

    [Fact]
    public async Task A_newer_row_is_what_is_read_and_the_flush_is_asked_for()
    {
        var tier = await StartAsync();
        var version = await tier.WriteAsync("k", "dirty");
        await ForgetAsync(tier);
        var observer = new RecordingObserver();
        using var subscription = tier.Subscribe(observer);

        var filled = await tier.FillAsync(TierSteps.Loaded("k", await tier.LeaseAsync("k"), "row", version + 1));

        Assert.Equal((false, "row", version + 1), (filled.Filled, filled.Current!.Text(), filled.Current!.Version));
        Assert.True((await tier.ReadAsync("k")).Entry!.HasReturned);
        Assert.Equal(TierWriteOutcome.NotResident, (await tier.WriteIfAsync("k", "next", WriteCondition.IsVersion(version))).Outcome);
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(taken.Superseded("row", version + 1)));
        Assert.Equal(0, (await tier.DirtyAsync()).Entries);
    }

    [Fact]
    public async Task A_load_from_before_its_settlement_fills_nothing()
    {
        var tier = await StartAsync();
        var version = await tier.WriteAsync("k", "dirty");
        await ForgetAsync(tier);
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));

        var lease = await tier.LeaseAsync("k");
        await tier.SettleAsync(taken.Stored());
        var filled = await tier.FillAsync(TierSteps.Loaded("k", lease, "row from before", version - 1));

        Assert.Equal((false, null), (filled.Filled, filled.Current));
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task A_settlement_above_it_has_it_compared_once_more()
    {
        var tier = await StartAsync();
        var first = await tier.WriteAsync("k", "first");
        await KeepAsync("k");
        await tier.WriteAsync("k", "second");
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        await GiveBackAsync("k");
        await ForgetAsync(tier);

        // The second one is being saved while the row from before is compared with the first.
        await tier.FillAsync(TierSteps.Loaded("k", await tier.LeaseAsync("k"), "row", first - 1));
        Assert.Equal(first, (await tier.HitAsync("k")).Version);
        await tier.SettleAsync(taken.Stored());
        Assert.True((await tier.ReadAsync("k")).Entry!.HasReturned);
    }

    [Fact]
    public async Task A_load_from_before_a_settlement_above_it_proves_nothing()
    {
        var tier = await StartAsync();
        var first = await tier.WriteAsync("k", "first");
        await KeepAsync("k");
        await tier.WriteAsync("k", "second");
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        await GiveBackAsync("k");
        await ForgetAsync(tier);

        var lease = await tier.LeaseAsync("k");
        await tier.SettleAsync(taken.Stored());
        var filled = await tier.FillAsync(TierSteps.Loaded("k", lease, "row", first - 1));

        Assert.Equal((false, null), (filled.Filled, filled.Current));
        Assert.True((await tier.ReadAsync("k")).Entry!.HasReturned);
    }

    [Fact]
    public async Task A_write_over_it_voids_the_load_and_counts_at_once()
    {
        var tier = await StartAsync();
        var version = await tier.WriteAsync("k", "dirty");
        await ForgetAsync(tier);

        var lease = await tier.LeaseAsync("k");
        var next = await tier.WriteAsync("k", "next");
        await tier.FillAsync(TierSteps.Loaded("k", lease, "row", version + 1));

        Assert.Equal(next, (await tier.HitAsync("k")).Version);
    }

    [Fact]
    public async Task A_dead_letter_is_superseded_by_a_newer_row_as_by_a_newer_write()
    {
        var tier = await StartAsync();
        var version = await tier.DeadLetterAsync("k", "refused");
        var kept = await tier.DeadLetterAsync("kept", "refused");
        await ForgetAsync(tier);

        Assert.True((await tier.FillAsync(TierSteps.Loaded("k", await tier.LeaseAsync("k"), "row", version + 1))).Filled);
        Assert.False((await tier.FillAsync(TierSteps.Loaded("kept", await tier.LeaseAsync("kept"), "row", kept - 1))).Filled);

        Assert.Equal("row", (await tier.HitAsync("k")).Text());
        Assert.True((await tier.HitAsync("kept")).IsDeadLetter);
        Assert.Equal("kept", Assert.Single(await tier.ListDeadLettersAsync(10, CancellationToken.None)).Key);
        Assert.Equal(1, (await tier.DirtyAsync()).DeadLetters);
    }

    [Fact]
    public async Task What_a_loader_brings_proves_nothing_and_does_not_hide_it()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "dirty");
        await ForgetAsync(tier);

        var filled = await tier.FillAsync(TierSteps.Loaded("k", await tier.LeaseAsync("k"), "loader's", FillRequest.IssueVersion));

        Assert.Equal("dirty", filled.Current!.Text());
        Assert.True((await tier.ReadAsync("k")).Entry!.HasReturned);
    }

    [Fact]
    public async Task A_removal_of_all_makes_no_dirty_entry_a_returned_one()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "dirty");
        await tier.InvalidateAllAsync(CancellationToken.None);
        await tier.InvalidateAsync("k");

        Assert.Equal("dirty", (await tier.HitAsync("k")).Text());
        await tier.FlushAsync();
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task A_dead_letter_that_was_invalidated_leaves_no_copy_when_its_replay_is_stored()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "refused");
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        await tier.InvalidateAsync("k");
        await tier.SettleAsync(taken.DeadLettered());
        await tier.ReplayDeadLettersAsync(["k"], CancellationToken.None);

        Assert.Equal("refused", (await tier.HitAsync("k")).Text());
        await tier.FlushAsync();
        await tier.AssertMissAsync("k");
    }

    public async ValueTask InitializeAsync()
    {
        _server = await RedisProcess.StartAsync();
        _bed = new TierBed(_server.Address);
    }

    public async ValueTask DisposeAsync()
    {
        await _bed!.DisposeAsync();
        await _server!.DisposeAsync();
    }

    private Task<ICacheTier> StartAsync() => _bed!.StartAsync();

    /// <summary>Has the server reign anew, so that all of its data is from before.</summary>
    private async Task ForgetAsync(ICacheTier tier)
    {
        await _server!.CliAsync("REPLICAOF", "127.0.0.1", "1");
        await _server.CliAsync("REPLICAOF", "NO", "ONE");
        await Until.TrueAsync(
            async () =>
            {
                var entries = new[] { (await tier.ReadAsync("k")).Entry, (await tier.ReadAsync("kept")).Entry };
                return entries.All(static entry => entry is null or { HasReturned: true });
            },
            "the new reign is noticed"
        );
    }

    private Task<string> KeepAsync(string key) => _server!.CliAsync("COPY", _bed!.EntryOf(key), _bed.Name(0, "kept"), "REPLACE");

    private Task<string> GiveBackAsync(string key) => _server!.CliAsync("COPY", _bed!.Name(0, "kept"), _bed.EntryOf(key), "REPLACE");
}
