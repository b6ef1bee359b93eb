using Remanso.Entries;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>Writes, deletes, versions and conditions.</summary>
public abstract class TierWriteConformance(TierHarness harness) : CacheTierConformance(harness)
{
    // Seconds: far above what a tier's estimate of its server's clock may be off by.
    private const long Tolerance = 5_000_000;

    [Fact]
    public async Task A_write_is_read_back_dirty()
    {
        var tier = await StartAsync();
        var result = await tier.TryWriteAsync(
            new TierWrite
            {
                Key = "k",
                Value = TierSteps.Bytes("v"),
                ContentType = "text/plain",
            }
        );
        var entry = await tier.HitAsync("k");
        Assert.Equal(("v", "text/plain", result.Version), (entry.Text(), entry.ContentType, entry.Version));
        Assert.Equal((EntryState.Dirty, CacheEntry.Never, 0L), (entry.State, entry.ExpiresAt, entry.LoadMicros));
    }

    [Fact]
    public async Task The_version_grows_with_every_write()
    {
        var tier = await StartAsync();
        var last = 0L;
        for (var i = 0; i < 100; i++)
        {
            var version = i % 3 == 0 ? await tier.DeleteAsync("k") : await tier.WriteAsync("k", "v");
            Assert.True(version > last, $"{version} came after {last}.");
            last = version;
        }
    }

    [Fact]
    public async Task The_version_follows_the_tiers_clock()
    {
        var tier = await StartAsync();
        Assert.InRange(await tier.WriteAsync("k", "v"), tier.Now - Tolerance, tier.Now + Tolerance);
        Assert.InRange(await tier.WriteAsync("k", "v"), tier.Now - Tolerance, tier.Now + Tolerance);
    }

    [Fact]
    public async Task The_version_of_a_conditional_write_follows_the_tiers_clock()
    {
        var tier = await StartAsync();
        await tier.FillAsync("k", "old", 42);
        var written = await tier.WriteIfAsync("k", "new", WriteCondition.Present);
        Assert.InRange(written.Version, tier.Now - Tolerance, tier.Now + Tolerance);
    }

    [Fact]
    public async Task A_write_over_a_version_ahead_of_the_clock_gets_the_next_one()
    {
        var tier = await StartAsync();
        var ahead = tier.Now + 3_600_000_000;
        await tier.FillAsync("k", "old", ahead);
        Assert.Equal(ahead + 1, await tier.WriteAsync("k", "new"));
    }

    [Fact]
    public async Task Concurrent_writes_of_a_key_get_different_versions_and_the_highest_stays()
    {
        var tier = await StartAsync();
        var versions = await Task.WhenAll(
            Enumerable
                .Range(0, 50)
                .Select(i => Task.Run(async () => (Value: $"{i}", Version: await tier.WriteAsync("k", $"{i}")), Cancelled))
        );
        Assert.Equal(50, versions.Select(write => write.Version).Distinct().Count());
        Assert.Equal(versions.MaxBy(write => write.Version).Value, (await tier.HitAsync("k")).Text());
    }

    [Fact]
    public async Task A_delete_is_a_write_of_a_tombstone()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "v");
        var version = await tier.DeleteAsync("k");
        var entry = await tier.HitAsync("k");
        Assert.Equal((EntryState.Dirty | EntryState.Tombstone, version, 0), (entry.State, entry.Version, entry.Value.Length));
    }

    [Fact]
    public async Task Conditions_see_the_current_value()
    {
        var tier = await StartAsync();
        var version = await tier.WriteAsync("k", "v");
        await AssertRefusedAsync(tier, WriteCondition.Absent, version);
        await AssertRefusedAsync(tier, WriteCondition.IsVersion(version - 1), version);
        Assert.Equal(TierWriteOutcome.Accepted, (await tier.WriteIfAsync("k", "w", WriteCondition.IsVersion(version))).Outcome);
        Assert.Equal(TierWriteOutcome.Accepted, (await tier.WriteIfAsync("k", "x", WriteCondition.Present)).Outcome);
        Assert.Equal("x", (await tier.HitAsync("k")).Text());
    }

    [Fact]
    public async Task Conditions_see_a_deleted_key_as_absent()
    {
        var tier = await StartAsync();
        var version = await tier.DeleteAsync("k");
        await AssertRefusedAsync(tier, WriteCondition.Present, 0);
        await AssertRefusedAsync(tier, WriteCondition.IsVersion(version), 0);
        Assert.Equal(TierWriteOutcome.Accepted, (await tier.WriteIfAsync("k", "v", WriteCondition.Absent)).Outcome);
    }

    [Fact]
    public async Task Conditions_see_a_known_absent_key_as_absent()
    {
        var tier = await StartAsync();
        var lease = await tier.LeaseAsync("k");
        await tier.FillAsync(
            new FillRequest
            {
                Key = "k",
                Lease = lease,
                Version = 0,
                Tombstone = true,
                Ttl = Ages,
            }
        );
        await AssertRefusedAsync(tier, WriteCondition.Present, 0);
        Assert.Equal(TierWriteOutcome.Accepted, (await tier.WriteIfAsync("k", "v", WriteCondition.Absent)).Outcome);
    }

    [Fact]
    public async Task Conditions_see_an_entry_past_its_lifetime_as_absent()
    {
        var tier = await StartAsync();
        var written = await tier.TryWriteAsync(
            new TierWrite
            {
                Key = "k",
                Value = TierSteps.Bytes("v"),
                ExpiresAt = tier.Now + (Moment.Ticks / TimeSpan.TicksPerMicrosecond),
            }
        );
        await OutlastMomentAsync();
        await AssertRefusedAsync(tier, WriteCondition.Present, 0);
        await AssertRefusedAsync(tier, WriteCondition.IsVersion(written.Version), 0);
        var result = await tier.WriteIfAsync("k", "w", WriteCondition.Absent);
        Assert.Equal(TierWriteOutcome.Accepted, result.Outcome);
        Assert.True(result.Version > written.Version);
    }

    [Fact]
    public async Task A_condition_on_a_key_that_the_tier_does_not_hold_asks_for_a_load()
    {
        var tier = await StartAsync();
        foreach (var condition in new[] { WriteCondition.Absent, WriteCondition.Present, WriteCondition.IsVersion(1) })
        {
            Assert.Equal(TierWriteOutcome.NotResident, (await tier.WriteIfAsync("k", "v", condition)).Outcome);
        }

        await tier.AssertMissAsync("k");
        Assert.Equal(0, (await tier.DirtyAsync()).Entries);
    }

    [Fact]
    public async Task A_condition_on_a_stale_entry_asks_for_a_load()
    {
        var tier = await StartAsync();
        await tier.FillAsync("k", "v", 42, Moment, Ages);
        await OutlastMomentAsync();
        Assert.Equal(TierWriteOutcome.NotResident, (await tier.WriteIfAsync("k", "w", WriteCondition.IsVersion(42))).Outcome);
    }

    [Fact]
    public async Task Without_a_store_a_key_that_is_not_there_is_absent()
    {
        var tier = await StartAsync();
        var write = new TierWrite
        {
            Key = "k",
            Value = TierSteps.Bytes("v"),
            CleanTtl = Ages,
        };
        var present = await tier.TryWriteAsync(write with { Condition = WriteCondition.Present });
        Assert.Equal((TierWriteOutcome.ConditionFailed, 0L), (present.Outcome, present.Version));
        Assert.Equal(TierWriteOutcome.Accepted, (await tier.TryWriteAsync(write with { Condition = WriteCondition.Absent })).Outcome);
    }

    [Fact]
    public async Task Without_a_store_but_with_a_loader_a_key_that_is_not_there_is_to_be_loaded()
    {
        var tier = await StartAsync();
        var write = new TierWrite
        {
            Key = "k",
            Value = TierSteps.Bytes("5"),
            CleanTtl = Ages,
            HasLoader = true,
        };
        var merge = write with { Merge = Merge.Add(1) };
        foreach (var condition in new[] { WriteCondition.Present, WriteCondition.Absent, WriteCondition.IsVersion(1) })
        {
            Assert.Equal(TierWriteOutcome.NotResident, (await tier.TryWriteAsync(write with { Condition = condition })).Outcome);
        }

        Assert.Equal(TierWriteOutcome.NotResident, (await tier.TryWriteAsync(merge)).Outcome);
        Assert.Equal(
            TierWriteOutcome.NotResident,
            (await tier.TryWriteAsync(write with { Merge = Merge.Patch("{}"u8.ToArray()) })).Outcome
        );
        Assert.Equal(TierWriteOutcome.Accepted, (await tier.TryWriteAsync(write)).Outcome);
        Assert.Equal(6, (await tier.TryWriteAsync(merge)).Number);
        Assert.Equal(EntryState.None, (await tier.HitAsync("k")).State);
    }

    [Fact]
    public async Task Of_concurrent_conditional_writes_one_is_accepted()
    {
        var tier = await StartAsync();
        var version = await tier.WriteAsync("k", "v");
        var results = await Task.WhenAll(
            Enumerable
                .Range(0, 20)
                .Select(i => Task.Run(async () => await tier.WriteIfAsync("k", $"{i}", WriteCondition.IsVersion(version)), Cancelled))
        );
        Assert.Single(results, result => result.Outcome == TierWriteOutcome.Accepted);
    }

    [Fact]
    public async Task Without_a_store_an_entry_is_clean_at_once_and_ends_with_its_TTL()
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(
            new TierWrite
            {
                Key = "long",
                Value = TierSteps.Bytes("v"),
                CleanTtl = Ages,
            }
        );
        await tier.TryWriteAsync(
            new TierWrite
            {
                Key = "short",
                Value = TierSteps.Bytes("v"),
                CleanTtl = Moment,
            }
        );
        Assert.Equal(EntryState.None, (await tier.HitAsync("long")).State);
        Assert.Equal(default, await tier.DirtyAsync());
        Assert.Empty(await tier.TakeAsync(await tier.AcquireAllAsync()));
        await OutlastMomentAsync();
        await tier.AssertMissAsync("short");
        await tier.HitAsync("long");
    }

    [Fact]
    public async Task Each_of_many_writes_stands_for_itself()
    {
        var tier = await StartAsync();
        var version = await tier.WriteAsync("a", "1");
        var results = await tier.WriteAllAsync(
            [
                new TierWrite
                {
                    Key = "a",
                    Value = TierSteps.Bytes("2"),
                    Condition = WriteCondition.Absent,
                },
                new TierWrite { Key = "b", Value = TierSteps.Bytes("3") },
                new TierWrite { Key = "b", Tombstone = true },
            ],
            Cancelled
        );
        Assert.Equal(
            [TierWriteOutcome.ConditionFailed, TierWriteOutcome.Accepted, TierWriteOutcome.Accepted],
            results.Select(result => result.Outcome)
        );
        Assert.Equal(version, results[0].Version);
        Assert.True(results[2].Version > results[1].Version);
        Assert.Equal("1", (await tier.HitAsync("a")).Text());
        Assert.True((await tier.HitAsync("b")).IsTombstone);
    }

    private static async Task AssertRefusedAsync(ICacheTier tier, WriteCondition condition, long version)
    {
        var before = (await tier.HitAsync("k")).Version;
        var result = await tier.WriteIfAsync("k", "refused", condition);
        Assert.Equal((TierWriteOutcome.ConditionFailed, version), (result.Outcome, result.Version));
        Assert.Equal(before, (await tier.HitAsync("k")).Version);
    }
}
