using Remanso.Entries;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>The end of freshness of keys, of what carries a tag, and of everything.</summary>
public abstract class TierExpiryConformance(TierHarness harness) : CacheTierConformance(harness)
{
    [Theory]
    [MemberData(nameof(Ways))]
    public async Task What_is_expired_stays_as_a_stale_copy(string way)
    {
        var tier = await StartAsync();
        await FillAsync(tier, "k", "red", "blue");

        await ExpireAsync(tier, way);

        // Twice: the first look may note what it found.
        await StaleAsync(tier, "k");
        var stale = await StaleAsync(tier, "k");
        Assert.Equal(("v", 42), (stale.Text(), stale.Version));
        Assert.Equal(["red", "blue"], stale.Tags);
        Assert.True(stale.FreshUntil < tier.Now);
        Assert.NotEqual(0, (await tier.ReadAsync("k", TierSteps.Holder, Cancelled)).Lease);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Many_reads_see_an_expiry(string way)
    {
        var tier = await StartAsync();
        await FillAsync(tier, "k", "red");
        await FillAsync(tier, "other", "blue");

        await ExpireAsync(tier, way);
        var reads = await tier.ReadAllAsync(["k", "other"], 0, Cancelled);

        Assert.Equal(TierReadOutcome.Stale, reads[0].Outcome);
        Assert.Equal(way == "all" ? TierReadOutcome.Stale : TierReadOutcome.Hit, reads[1].Outcome);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task What_has_no_grace_period_or_is_known_absent_is_gone(string way)
    {
        var tier = await StartAsync();
        await tier.FillAsync(Loaded("k", await tier.LeaseAsync("k"), 42, ["red"], grace: TimeSpan.Zero));

        await ExpireAsync(tier, way);
        await tier.AssertMissAsync("k");
        await tier.FillAsync(Loaded("k", await tier.LeaseAsync("k"), 42, ["red"], tombstone: true));
        await ExpireAsync(tier, way);

        await tier.AssertMissAsync("k");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_load_that_began_before_the_expiry_can_not_fill(string way)
    {
        var tier = await StartAsync();
        var first = await tier.LeaseAsync("k");
        await ExpireAsync(tier, way);
        Assert.Equal(new FillResult(false, null), await tier.FillAsync(Loaded("k", first, 42, ["red"])));

        await FillAsync(tier, "k", "red");
        var refresh = await tier.TryLeaseAsync("k", TierSteps.Holder, Cancelled);
        await ExpireAsync(tier, way);
        Assert.False((await tier.FillAsync(Loaded("k", refresh, 43, ["red"]))).Filled);
        await StaleAsync(tier, "k");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_load_after_the_expiry_makes_the_key_fresh_again(string way)
    {
        var tier = await StartAsync();
        await FillAsync(tier, "k", "red");
        await ExpireAsync(tier, way);
        await ExpireAsync(tier, way);

        var lease = await tier.LeaseAsync("k");
        Assert.True((await tier.FillAsync(Loaded("k", lease, 43, ["red"]))).Filled);
        Assert.Equal(43, (await tier.HitAsync("k")).Version);

        await ExpireAsync(tier, way);
        Assert.Equal(43, (await StaleAsync(tier, "k")).Version);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_older_row_does_not_take_the_place_of_an_expired_copy(string way)
    {
        var tier = await StartAsync();
        await FillAsync(tier, "k", "red");
        await ExpireAsync(tier, way);

        var filled = await tier.FillAsync(Loaded("k", await tier.LeaseAsync("k"), 41, []));

        Assert.Equal((false, 42L), (filled.Filled, filled.Current?.Version));
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_condition_on_an_expired_copy_asks_for_a_load(string way)
    {
        var tier = await StartAsync();
        await FillAsync(tier, "k", "red");
        await ExpireAsync(tier, way);

        Assert.Equal(TierWriteOutcome.NotResident, (await tier.WriteIfAsync("k", "w", WriteCondition.Present)).Outcome);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_dirty_entry_stays_and_is_stale_once_it_is_stored(string way)
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(Tagged("k"));
        await ExpireAsync(tier, way);
        Assert.True((await tier.HitAsync("k")).IsDirty);

        await SettleAsync(tier, Ages);

        Assert.Equal("v", (await StaleAsync(tier, "k")).Text());
        Assert.Equal(0, (await tier.DirtyAsync()).Entries);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_dirty_entry_without_a_grace_period_leaves_nothing(string way)
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(Tagged("k"));
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        await ExpireAsync(tier, way);

        await tier.SettleAsync(taken.Stored(Ages));

        await tier.AssertMissAsync("k");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task What_is_written_after_the_expiry_is_fresh(string way)
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(Tagged("k"));
        await ExpireAsync(tier, way);
        await tier.TryWriteAsync(Tagged("k"));
        await tier.TryWriteAsync(Tagged("clean") with { CleanTtl = Ages });

        await SettleAsync(tier, Ages);

        await tier.HitAsync("k");
        await tier.HitAsync("clean");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_dead_letter_that_was_expired_is_stale_once_it_is_replayed_and_stored(string way)
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(Tagged("k"));
        await ExpireAsync(tier, way);
        await tier.SettleAsync(Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync())).DeadLettered());
        await tier.ReplayDeadLettersAsync(["k"], Cancelled);

        await SettleAsync(tier, Ages);

        await StaleAsync(tier, "k");
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task An_invalidation_after_an_expiry_leaves_nothing(string way)
    {
        var tier = await StartAsync();
        foreach (
            var invalidate in new Func<Task>[]
            {
                () => tier.InvalidateAsync(["k"], Cancelled).AsTask(),
                () => tier.RemoveByTagAsync(["red"], Cancelled).AsTask(),
                () => tier.InvalidateAllAsync(Cancelled).AsTask(),
            }
        )
        {
            await FillAsync(tier, "k", "red");
            await ExpireAsync(tier, way);
            await invalidate();
            await ExpireAsync(tier, way);
            await tier.AssertMissAsync("k");
        }
    }

    [Fact]
    public async Task An_expiry_by_tag_takes_what_carries_any_of_the_tags_and_nothing_else()
    {
        var tier = await StartAsync();
        await FillAsync(tier, "a", "red");
        await FillAsync(tier, "b", "blue", "green");
        await FillAsync(tier, "c", "green", "yellow");
        await FillAsync(tier, "d");

        await tier.ExpireByTagAsync(["red", "blue"], Cancelled);

        await StaleAsync(tier, "a");
        await StaleAsync(tier, "b");
        await tier.HitAsync("c");
        await tier.HitAsync("d");
    }

    [Fact]
    public async Task A_stale_copy_ends_with_its_grace_period_whatever_was_expired_since()
    {
        var tier = await StartAsync();
        await tier.FillAsync(Loaded("k", await tier.LeaseAsync("k"), 42, ["red"], Moment / 2, Moment / 2));
        await tier.ExpireByTagAsync(["red"], Cancelled);
        await tier.ExpireAllAsync(Cancelled);

        await OutlastMomentAsync();

        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task Observers_hear_of_expiries_as_of_removals()
    {
        var tier = await StartAsync();
        var observer = new RecordingObserver();
        using var subscription = tier.Subscribe(observer);
        await tier.TryWriteAsync(Tagged("k"));

        await tier.ExpireByTagAsync(["red"], Cancelled);
        await tier.ExpireAllAsync(Cancelled);
        await observer.HeardAsync("tag removed red");
        await observer.HeardAsync("cleared");
        await SettleAsync(tier, Ages);

        await observer.HeardAsync("changed k 0");
    }

    public static TheoryData<string> Ways => ["key", "tag", "all"];

    private static ValueTask ExpireAsync(ICacheTier tier, string way) =>
        way switch
        {
            "key" => tier.ExpireAsync(["k"], Cancelled),
            "tag" => tier.ExpireByTagAsync(["red"], Cancelled),
            _ => tier.ExpireAllAsync(Cancelled),
        };

    private static async Task<CacheEntry> StaleAsync(ICacheTier tier, string key)
    {
        var read = await tier.ReadAsync(key);
        Assert.Equal(TierReadOutcome.Stale, read.Outcome);
        return Assert.IsType<CacheEntry>(read.Entry);
    }

    private static async Task SettleAsync(ICacheTier tier, TimeSpan grace)
    {
        var taken = await tier.TakeAsync(await tier.AcquireAllAsync());
        await tier.SettleAsync(
            [
                .. taken.Select(entry => new Settlement
                {
                    Taken = entry,
                    Kind = SettlementKind.Stored,
                    Ttl = Ages,
                    Grace = grace,
                }),
            ],
            Cancelled
        );
    }

    private static async Task FillAsync(ICacheTier tier, string key, params string[] tags)
    {
        var lease = await tier.LeaseAsync(key);
        Assert.True((await tier.FillAsync(Loaded(key, lease, 42, tags))).Filled);
    }

    private static FillRequest Loaded(
        string key,
        long lease,
        long version,
        string[] tags,
        TimeSpan? ttl = null,
        TimeSpan? grace = null,
        bool tombstone = false
    ) =>
        new()
        {
            Key = key,
            Lease = lease,
            Value = TierSteps.Bytes("v"),
            Version = version,
            Tags = tags,
            Tombstone = tombstone,
            Ttl = ttl ?? Ages,
            Grace = grace ?? Ages,
        };

    private static TierWrite Tagged(string key) =>
        new()
        {
            Key = key,
            Value = TierSteps.Bytes("v"),
            Tags = ["red"],
        };
}
