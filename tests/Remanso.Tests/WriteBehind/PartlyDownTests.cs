using Remanso.Conformance.Support;
using Remanso.Entries;
using Remanso.Stores;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>One partition of the tier can't be reached, or one key can't be used: the others of a batch hear nothing of it.</summary>
[Collection(ManualClockTests.Name)]
public sealed class PartlyDownTests
{
    private const string Well = "well";
    private const string Away = "away";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Past_a_partition_that_is_down_goes_what_is_in_it_alone(bool isKnown)
    {
        var (harness, tier) = await StartAsync(WhenTierIsDown.WriteThrough);
        await using var running = harness;
        await harness.Cache.SetAsync(Well, "v1");
        await TakeAwayAsync(harness, tier, isKnown);

        var outcomes = await harness.Cache.SetManyAsync([new(Well, "v2"), new(Away, "w")]);

        Assert.Equal([Durability.Accepted, Durability.Stored], outcomes.Select(static outcome => outcome.Receipt.Durability));
        Assert.Equal("v2", (await harness.Cache.GetAsync(Well)).Value);
        Assert.Equal((null, "w"), (harness.Store.Text(Well), harness.Store.Text(Away)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_condition_on_what_is_dirty_is_checked_there_though_another_partition_is_down(bool isKnown)
    {
        var (harness, tier) = await StartAsync(WhenTierIsDown.WriteThrough);
        await using var running = harness;
        await harness.Cache.SetAsync(Well, "v1");
        await TakeAwayAsync(harness, tier, isKnown);

        var outcomes = await harness.Cache.SetManyAsync(
            [new(Well, "v2"), new(Away, "w")],
            new WriteOptions { Condition = WriteCondition.Absent }
        );
        await harness.Cache.Operations.FlushAsync();

        Assert.IsType<VersionConflictException>(outcomes[0].Error);
        Assert.Equal(Durability.Stored, outcomes[1].Receipt.Durability);
        Assert.Equal(("v1", "w"), (harness.Store.Text(Well), harness.Store.Text(Away)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_refusal_stands_beside_what_is_in_the_partition_that_is_down(bool isKnown)
    {
        var (harness, tier) = await StartAsync(WhenTierIsDown.Refuse);
        await using var running = harness;
        await TakeAwayAsync(harness, tier, isKnown);

        var outcomes = await harness.Cache.SetManyAsync([new(Away, "w"), new(Well, "v"), new(Away, "again")]);

        Assert.False(Assert.IsType<TierUnavailableException>(outcomes[0].Error).MayHaveHappened);
        Assert.False(Assert.IsType<TierUnavailableException>(outcomes[2].Error).MayHaveHappened);
        Assert.Equal((null, Durability.Accepted), (outcomes[1].Error, outcomes[1].Receipt.Durability));
        Assert.Equal("v", (await harness.Cache.GetAsync(Well)).Value);
    }

    [Fact]
    public async Task Where_all_that_is_written_is_in_partitions_that_are_down_the_error_is_thrown()
    {
        var (harness, tier) = await StartAsync(WhenTierIsDown.Refuse);
        await using var running = harness;
        tier.Tier.FaultOf = static (_, key) => new TierUnavailableException("taken away by the test", mayHaveHappened: key == Away);

        var error = await Assert.ThrowsAsync<TierUnavailableException>(() =>
            harness.Cache.SetManyAsync([new(Well, "v"), new(Away, "w")]).AsTask()
        );

        Assert.True(error.MayHaveHappened);
    }

    [Fact]
    public async Task What_may_have_happened_goes_past_no_tier_and_the_others_do()
    {
        var (harness, tier) = await StartAsync(WhenTierIsDown.WriteThrough);
        await using var running = harness;
        tier.Tier.FaultOf = static (operation, key) =>
            operation == nameof(ICacheTier.WriteManyAsync) ? new TierUnavailableException("lost", mayHaveHappened: key == Away) : null;

        var outcomes = await harness.Cache.SetManyAsync([new(Well, "v"), new(Away, "w")]);

        Assert.Equal(Durability.Stored, outcomes[0].Receipt.Durability);
        Assert.True(Assert.IsType<TierUnavailableException>(outcomes[1].Error).MayHaveHappened);
        Assert.Equal(("v", null), (harness.Store.Text(Well), harness.Store.Text(Away)));
    }

    [Fact]
    public async Task An_earlier_write_of_a_key_goes_past_no_tier_that_has_accepted_a_later_one()
    {
        var (harness, tier) = await StartAsync(WhenTierIsDown.WriteThrough);
        await using var running = harness;
        var calls = 0;
        tier.Tier.FaultOf = (operation, _) =>
            operation == nameof(ICacheTier.WriteManyAsync) && ++calls == 1
                ? new TierUnavailableException("for a moment", mayHaveHappened: false)
                : null;

        var outcomes = await harness.Cache.SetManyAsync([new(Well, "1"), new(Well, "2")]);
        await harness.Cache.Operations.FlushAsync();

        Assert.IsType<TierUnavailableException>(outcomes[0].Error);
        Assert.Null(outcomes[1].Error);
        Assert.Equal("2", harness.Store.Text(Well));
    }

    [Fact]
    public async Task What_nobody_can_decode_is_the_error_of_its_key_alone()
    {
        var (harness, tier) = await StartAsync(WhenTierIsDown.Refuse);
        await using var running = harness;
        harness.Store.Put(Well, "row", 5);
        tier.Tier.FaultOf = static (_, key) => key == Away ? new InvalidDataException("somebody else's bytes") : null;

        var read = await harness.Cache.GetManyAsync([Well, Away]);
        var written = await harness.Cache.SetManyAsync([new(Well, "v"), new(Away, "w")]);

        Assert.Equal(("row", null), (read[Well].Value, read[Well].Error));
        Assert.IsType<InvalidDataException>(read[Away].Error);
        Assert.Null(written[0].Error);
        Assert.IsType<InvalidDataException>(written[1].Error);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Many_reads_have_from_the_tier_what_it_can_tell(bool isKnown)
    {
        var (harness, tier) = await StartAsync(WhenTierIsDown.Refuse);
        await using var running = harness;
        var missed = Enumerable
            .Range(0, 10_000)
            .Select(static n => $"m{n}")
            .First(key => PartitionOf(tier, key) == PartitionOf(tier, Well));
        harness.Store.Put(Well, "v1", 5);
        harness.Store.Put(Away, "x", 5);
        harness.Store.Put(missed, "m", 5);
        await harness.Cache.SetAsync(Well, "v2");
        await TakeAwayAsync(harness, tier, isKnown);

        var read = await harness.Cache.GetManyAsync([Well, Away, missed]);

        Assert.Equal(("v2", ReadSource.Tier), (read[Well].Value, read[Well].Source));
        Assert.Equal(("x", "m"), (read[Away].Value, read[missed].Value));
        // Its lease has ended with its load.
        Assert.NotEqual(0, await tier.Tier.TryLeaseAsync(missed, holder: 4711, CancellationToken.None));
    }

    [Fact]
    public async Task Of_many_reads_those_that_fail_make_their_partition_down_and_no_other_one()
    {
        var (harness, tier) = await StartAsync(WhenTierIsDown.Refuse);
        await using var running = harness;
        harness.Store.Put(Away, "x", 5);
        await harness.Cache.SetAsync(Well, "v");
        await TakeAwayAsync(harness, tier, isKnown: false);
        var looks = new Gate();
        tier.Tier.Before = operation => operation == nameof(ICacheTier.ReadAsync) ? new ValueTask(looks.PassAsync()) : default;

        var read = await harness.Cache.GetManyAsync([Well, Away]);

        Assert.Equal(("v", "x"), (read[Well].Value, read[Away].Value));
        tier.Tier.FaultOf = null;
        Assert.Equal(Durability.Accepted, (await harness.Cache.SetAsync(Well, "w")).Durability);
        await Assert.ThrowsAsync<TierUnavailableException>(() => harness.Cache.SetAsync(Away, "w").AsTask());
        looks.Open();
    }

    [Fact]
    public async Task Past_a_full_cache_a_partition_that_cannot_be_asked_keeps_the_others_of_the_batch_from_nothing()
    {
        var (harness, tier) = await StartAsync(WhenTierIsDown.Refuse, static options =>
            (options.Tier.MaxDirtyEntries, options.Tier.WhenFull) = (1, WhenFull.WriteThrough)
        );
        await using var running = harness;
        tier.Tier.FaultOf = (operation, key) => operation == nameof(ICacheTier.ReadManyAsync) ? FaultOf(tier, key) : null;

        var outcomes = await harness.Cache.SetManyAsync([new("first", "1"), new(Away, "w"), new(Well, "v")]);

        Assert.Equal(Durability.Accepted, outcomes[0].Receipt.Durability);
        Assert.IsType<TierUnavailableException>(outcomes[1].Error);
        Assert.Equal(Durability.Stored, outcomes[2].Receipt.Durability);
    }

    [Fact]
    public async Task Past_the_tier_one_value_that_the_store_refuses_keeps_no_other_from_it()
    {
        var (harness, tier) = await StartAsync(WhenTierIsDown.WriteThrough, static options => options.Load.MaxBatch = 16);
        await using var running = harness;
        harness.Store.BeforeSave = static batch =>
            batch.Any(static write => write.Key == "k37")
                ? throw new StoreException("too long", isTransient: false) { BlamesRow = true }
                : Task.CompletedTask;
        tier.TakeAway();

        var outcomes = await harness.Cache.SetManyAsync([
            .. Enumerable.Range(0, 100).Select(static n => KeyValuePair.Create($"k{n}", "v")),
        ]);

        Assert.Equal("too long", Assert.IsType<StoreException>(outcomes[37].Error).Message);
        Assert.All(outcomes.Where(static (_, i) => i != 37), static outcome =>
            Assert.Equal((Durability.Stored, null), (outcome.Receipt.Durability, outcome.Error))
        );
        Assert.Equal(99, harness.Store.Rows.Count);
    }

    [Fact]
    public async Task Past_the_tier_one_row_that_cannot_be_read_keeps_no_other_from_it()
    {
        var (harness, tier) = await StartAsync(WhenTierIsDown.WriteThrough);
        await using var running = harness;
        harness.Store.OnLoad = static (keys, _) =>
            keys.Contains("k3") ? throw new StoreException("undecodable", isTransient: false) { BlamesRow = true } : Task.CompletedTask;
        harness.Store.Put("k5", "row", VersionIssuer.Highest);
        tier.TakeAway();

        var outcomes = await harness.Cache.SetManyAsync([.. Enumerable.Range(0, 10).Select(static n => KeyValuePair.Create($"k{n}", "v"))]);

        Assert.Equal([3, 5], Enumerable.Range(0, 10).Where(i => outcomes[i].Error is StoreException));
        Assert.Equal(8, outcomes.Count(static outcome => outcome.Receipt.Durability == Durability.Stored));
    }

    [Fact]
    public async Task Past_the_tier_a_store_that_refuses_everything_is_not_asked_for_every_value()
    {
        var (harness, tier) = await StartAsync(WhenTierIsDown.WriteThrough, static options => options.Load.MaxBatch = 500);
        await using var running = harness;
        var saves = 0;
        harness.Store.BeforeSave = _ =>
        {
            saves++;
            throw new StoreException("read-only for you", isTransient: false);
        };
        tier.TakeAway();

        var outcomes = await harness.Cache.SetManyAsync([
            .. Enumerable.Range(0, 2000).Select(static n => KeyValuePair.Create($"{n:0000}", "v")),
        ]);

        Assert.InRange(saves, 1, 80);
        Assert.All(outcomes, static outcome => Assert.Equal("read-only for you", Assert.IsType<StoreException>(outcome.Error).Message));
    }

    [Fact]
    public async Task Past_the_tier_who_lost_a_race_tries_again_though_what_stands_behind_it_failed()
    {
        var (harness, tier) = await StartAsync(WhenTierIsDown.WriteThrough);
        await using var running = harness;
        var saves = 0;
        harness.Store.BeforeSave = batch =>
        {
            switch (++saves)
            {
                case 1:
                    throw new StoreException("too long", isTransient: false);
                case 2:
                    // Another process writes between the look at the row and the save.
                    harness.Store.Put("b", "other", 1000);
                    return Task.CompletedTask;
                case 3:
                    throw new StoreException("away", isTransient: true);
                default:
                    return Task.CompletedTask;
            }
        };
        tier.TakeAway();

        var outcomes = await harness.Cache.SetManyAsync([new("a", "1"), new("b", "2"), new("c", "3"), new("d", "4")]);

        Assert.Equal((Durability.Stored, Durability.Stored), (outcomes[0].Receipt.Durability, outcomes[1].Receipt.Durability));
        Assert.All([outcomes[2], outcomes[3]], static outcome => Assert.Equal("away", outcome.Error?.Message));
        Assert.True(outcomes[1].Receipt.Version > 1000);
    }

    [Fact]
    public async Task Past_the_tier_a_store_that_is_away_is_not_asked_for_every_part()
    {
        var (harness, tier) = await StartAsync(WhenTierIsDown.WriteThrough, static options => options.Load.MaxBatch = 10);
        await using var running = harness;
        var saves = 0;
        harness.Store.BeforeSave = _ => ++saves == 2 ? Task.CompletedTask : throw new StoreException("away", isTransient: true);
        tier.TakeAway();

        var outcomes = await harness.Cache.SetManyAsync([
            .. Enumerable.Range(0, 99).Select(static n => KeyValuePair.Create($"{n:00}", "v")),
        ]);

        Assert.Equal(4, saves);
        Assert.All(outcomes.Index(), static item =>
        {
            if (item.Index / 10 == 1)
            {
                Assert.Equal(Durability.Stored, item.Item.Receipt.Durability);
            }
            else
            {
                Assert.True(Assert.IsType<StoreException>(item.Item.Error).IsTransient);
            }
        });
    }

    private static Task<(CacheHarness Harness, DownTier Tier)> StartAsync(
        WhenTierIsDown whenDown,
        Action<CacheOptions>? configure = null
    ) =>
        DownTier.StartAsync(options =>
        {
            options.WhenTierIsDown = whenDown;
            options.Flush.Interval = TimeSpan.FromHours(1);
            configure?.Invoke(options);
        });

    private static async Task TakeAwayAsync(CacheHarness harness, DownTier tier, bool isKnown)
    {
        Assert.NotEqual(PartitionOf(tier, Well), PartitionOf(tier, Away));
        tier.Tier.FaultOf = (_, key) => FaultOf(tier, key);
        if (isKnown)
        {
            await harness.Cache.GetAsync(Away);
        }
    }

    private static TierUnavailableException? FaultOf(DownTier tier, string key) =>
        PartitionOf(tier, key) == PartitionOf(tier, Away)
            ? new TierUnavailableException("taken away by the test", mayHaveHappened: false)
            : null;

    private static int PartitionOf(DownTier tier, string key) => Partition.Of(key, tier.Tier.Partitions);
}
