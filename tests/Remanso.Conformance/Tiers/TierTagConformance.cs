using Remanso.Entries;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>Removal by tag.</summary>
public abstract class TierTagConformance(TierHarness harness) : CacheTierConformance(harness)
{
    [Fact]
    public async Task Removal_drops_the_clean_copies_that_carry_the_tag_and_no_others()
    {
        var tier = await StartAsync();
        for (var i = 0; i < 20; i++)
        {
            await FillAsync(tier, $"red:{i}", "red");
        }

        for (var i = 0; i < 20; i++)
        {
            await FillAsync(tier, $"blue:{i}", "blue");
        }

        await tier.FillAsync("plain", "v", 42);
        await RemoveAsync(tier, "red");
        for (var i = 0; i < 20; i++)
        {
            await tier.AssertMissAsync($"red:{i}");
        }

        for (var i = 0; i < 20; i++)
        {
            await tier.HitAsync($"blue:{i}");
        }

        await tier.HitAsync("plain");
    }

    [Fact]
    public async Task Removal_of_several_tags_drops_what_carries_any_of_them()
    {
        var tier = await StartAsync();
        await FillAsync(tier, "a", "red");
        await FillAsync(tier, "b", "blue", "green");
        await FillAsync(tier, "c", "green", "yellow");
        await RemoveAsync(tier, "red", "blue");
        await tier.AssertMissAsync("a");
        await tier.AssertMissAsync("b");
        await tier.HitAsync("c");
    }

    [Fact]
    public async Task An_entry_carries_its_tags()
    {
        var tier = await StartAsync();
        await FillAsync(tier, "filled", "red", "blé d'or: 麦, 🌾");
        await tier.TryWriteAsync(Tagged("written", "red", "green"));
        Assert.Equal(["red", "blé d'or: 麦, 🌾"], (await tier.HitAsync("filled")).Tags);
        Assert.Equal(["red", "green"], (await tier.HitAsync("written")).Tags);
        Assert.Equal(["red", "green"], Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync())).Entry.Tags);
    }

    [Fact]
    public async Task An_entry_without_tags_has_none()
    {
        var tier = await StartAsync();
        await tier.FillAsync("filled", "v", 42);
        await tier.WriteAsync("written", "v");
        Assert.Null((await tier.HitAsync("filled")).Tags);
        Assert.Null((await tier.HitAsync("written")).Tags);
    }

    [Fact]
    public async Task Many_tags_of_the_longest_kind_are_kept()
    {
        var tier = await StartAsync();
        string[] tags = [.. Enumerable.Range(0, 16).Select(static i => new string((char)('a' + i), 256))];
        await FillAsync(tier, "k", tags);
        Assert.Equal(tags, (await tier.HitAsync("k")).Tags);
        await RemoveAsync(tier, tags[^1]);
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task A_removed_copy_does_not_come_back_as_a_stale_one()
    {
        var tier = await StartAsync();
        var lease = await tier.LeaseAsync("k");
        await tier.FillAsync(Loaded("k", lease, 42, ["red"], Moment, Ages));
        await RemoveAsync(tier, "red");
        await OutlastMomentAsync();
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task A_stale_copy_is_removed_as_well()
    {
        var tier = await StartAsync();
        var lease = await tier.LeaseAsync("k");
        await tier.FillAsync(Loaded("k", lease, 42, ["red"], Moment, Ages));
        await OutlastMomentAsync();
        Assert.Equal(TierReadOutcome.Stale, (await tier.ReadAsync("k")).Outcome);
        await RemoveAsync(tier, "red");
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task A_first_load_that_began_before_the_removal_can_not_fill_what_carries_the_tag()
    {
        var tier = await StartAsync();
        var lease = await tier.LeaseAsync("k");
        await RemoveAsync(tier, "red");
        Assert.Equal(new FillResult(false, null), await tier.FillAsync(Loaded("k", lease, 42, ["blue", "red"])));
        await tier.AssertMissAsync("k");
        await FillAsync(tier, "k", "blue", "red");
        await tier.HitAsync("k");
    }

    [Fact]
    public async Task A_load_that_began_before_the_removal_fills_what_does_not_carry_the_tag()
    {
        var tier = await StartAsync();
        var (tagged, plain) = (await tier.LeaseAsync("tagged"), await tier.LeaseAsync("plain"));
        await RemoveAsync(tier, "red");
        Assert.True((await tier.FillAsync(Loaded("tagged", tagged, 42, ["blue"]))).Filled);
        Assert.True((await tier.FillAsync(TierSteps.Loaded("plain", plain, "v", 42))).Filled);
        await tier.HitAsync("tagged");
        await tier.HitAsync("plain");
    }

    [Fact]
    public async Task A_refused_fill_ends_its_lease()
    {
        var tier = await StartAsync();
        var lease = await tier.LeaseAsync("k");
        await RemoveAsync(tier, "red");
        await tier.FillAsync(Loaded("k", lease, 42, ["red"]));
        Assert.NotEqual(0, await tier.LeaseAsync("k", holder: 8));
    }

    [Fact]
    public async Task A_background_refresh_that_began_before_the_removal_can_not_fill()
    {
        var tier = await StartAsync();
        await FillAsync(tier, "k", "red");
        var lease = await tier.TryLeaseAsync("k", TierSteps.Holder, Cancelled);
        await RemoveAsync(tier, "red");
        Assert.Equal(new FillResult(false, null), await tier.FillAsync(Loaded("k", lease, 43, ["red"])));
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task A_lease_that_is_prolonged_is_as_old_as_before()
    {
        var tier = await StartAsync();
        var lease = await tier.LeaseAsync("k");
        await RemoveAsync(tier, "red");
        Assert.Equal(lease, await tier.LeaseAsync("k"));
        Assert.False((await tier.FillAsync(Loaded("k", lease, 42, ["red"]))).Filled);
    }

    [Fact]
    public async Task An_older_row_without_the_tag_does_not_follow_a_removed_copy()
    {
        var tier = await StartAsync();
        await FillAsync(tier, "k", "red");
        var lease = await tier.TryLeaseAsync("k", TierSteps.Holder, Cancelled);
        await RemoveAsync(tier, "red");
        Assert.Equal(new FillResult(false, null), await tier.FillAsync(TierSteps.Loaded("k", lease, "older", 41)));
        await tier.FillAsync("k", "restored", 40);
        Assert.Equal("restored", (await tier.HitAsync("k")).Text());
    }

    [Fact]
    public async Task A_dirty_entry_survives_and_is_dropped_once_settled()
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(Tagged("k", "red"));
        await RemoveAsync(tier, "red");
        Assert.True((await tier.HitAsync("k")).IsDirty);
        await tier.FlushAsync();
        await tier.AssertMissAsync("k");
        Assert.Equal(0, (await tier.DirtyAsync()).Entries);
    }

    [Fact]
    public async Task A_removal_during_the_flush_drops_what_is_settled()
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(Tagged("k", "red"));
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        await RemoveAsync(tier, "red");
        await tier.SettleAsync(taken.Stored());
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task What_is_settled_before_the_removal_is_clean_and_goes_with_its_tag()
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(Tagged("k", "red"));
        await RemoveAsync(tier, "blue");
        await tier.FlushAsync();
        Assert.False((await tier.HitAsync("k")).IsDirty);
        await RemoveAsync(tier, "red");
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task An_entry_that_is_settled_without_a_TTL_leaves_nothing_behind()
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(Tagged("k", "red"));
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        await RemoveAsync(tier, "blue");
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(taken.Stored(TimeSpan.Zero)));
        await tier.AssertMissAsync("k");
        await FillAsync(tier, "k", "red");
        await tier.HitAsync("k");
    }

    [Fact]
    public async Task Entries_written_after_the_removal_live()
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(Tagged("again", "red"));
        await RemoveAsync(tier, "red");
        await tier.TryWriteAsync(Tagged("again", "red"));
        await tier.TryWriteAsync(Tagged("new", "red"));
        await tier.TryWriteAsync(Tagged("clean", "red") with { CleanTtl = Ages });
        await FillAsync(tier, "filled", "red");
        await tier.FlushAsync();
        foreach (var key in new[] { "again", "new", "clean", "filled" })
        {
            await tier.HitAsync(key);
        }
    }

    [Fact]
    public async Task A_write_that_is_clean_at_once_is_removed()
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(Tagged("k", "red") with { CleanTtl = Ages });
        await RemoveAsync(tier, "red");
        await tier.AssertMissAsync("k");
        var result = await tier.TryWriteAsync(Tagged("k", "red") with { CleanTtl = Ages, Condition = WriteCondition.Absent });
        Assert.Equal(TierWriteOutcome.Accepted, result.Outcome);
        await tier.HitAsync("k");
    }

    [Fact]
    public async Task A_condition_on_a_removed_copy_asks_for_a_load()
    {
        var tier = await StartAsync();
        await FillAsync(tier, "k", "red");
        await RemoveAsync(tier, "red");
        Assert.Equal(TierWriteOutcome.NotResident, (await tier.WriteIfAsync("k", "w", WriteCondition.Present)).Outcome);
    }

    [Fact]
    public async Task A_write_replaces_the_tags()
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(Tagged("retagged", "red"));
        await tier.TryWriteAsync(Tagged("retagged", "blue"));
        await tier.TryWriteAsync(Tagged("untagged", "red"));
        await tier.WriteAsync("untagged", "v");
        await tier.FlushAsync();
        await RemoveAsync(tier, "red");
        await tier.HitAsync("retagged");
        await tier.HitAsync("untagged");
        await RemoveAsync(tier, "blue");
        await tier.AssertMissAsync("retagged");
    }

    [Fact]
    public async Task An_adopted_row_has_its_own_tags_and_is_as_old_as_the_take()
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(Tagged("before", "red"));
        await tier.TryWriteAsync(Tagged("during", "red"));
        await RemoveAsync(tier, "green");
        var taken = await tier.TakeAsync(await tier.AcquireAllAsync());
        var before = taken.Single(static entry => entry.Key == "before");
        var during = taken.Single(static entry => entry.Key == "during");
        await tier.SettleAsync(Superseded(before, "green"));
        Assert.Equal(["green"], (await tier.HitAsync("before")).Tags);
        await RemoveAsync(tier, "blue");
        await tier.SettleAsync(Superseded(during, "blue"));
        await tier.AssertMissAsync("during");
        await tier.HitAsync("before");
        await RemoveAsync(tier, "green");
        await tier.AssertMissAsync("before");
    }

    [Fact]
    public async Task The_version_grows_over_a_removal()
    {
        var tier = await StartAsync();
        var ahead = tier.Now + 3_600_000_000;
        var lease = await tier.LeaseAsync("k");
        await tier.FillAsync(Loaded("k", lease, ahead, ["red"]));
        await RemoveAsync(tier, "red");
        await tier.AssertMissAsync("k");
        Assert.True(await tier.WriteAsync("k", "w") > ahead);
    }

    [Fact]
    public async Task A_dead_letter_keeps_its_tags()
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(Tagged("k", "red"));
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        await tier.SettleAsync(taken.DeadLettered());
        await RemoveAsync(tier, "red");
        Assert.Equal(["red"], (await tier.HitAsync("k")).Tags);
        Assert.Equal(1, await tier.ReplayDeadLettersAsync(["k"], Cancelled));
        await tier.FlushAsync();
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task Many_reads_see_a_removal()
    {
        var tier = await StartAsync();
        string[] keys = [.. Enumerable.Range(0, 40).Select(static i => $"key:{i}")];
        foreach (var key in keys)
        {
            await FillAsync(tier, key, key[^1] % 2 == 0 ? "even" : "odd");
        }

        await RemoveAsync(tier, "even");
        var reads = await tier.ReadAllAsync(keys, 0, Cancelled);
        for (var i = 0; i < keys.Length; i++)
        {
            Assert.Equal(keys[i][^1] % 2 == 0 ? TierReadOutcome.Miss : TierReadOutcome.Hit, reads[i].Outcome);
        }
    }

    [Fact]
    public async Task An_invalidation_of_all_takes_tagged_entries_along()
    {
        var tier = await StartAsync();
        await FillAsync(tier, "k", "red");
        await tier.InvalidateAllAsync(Cancelled);
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task Loads_and_removals_that_race_never_leave_an_older_row()
    {
        var tier = await StartAsync();
        using var done = new CancellationTokenSource();
        var row = 0;
        var loaders = Enumerable
            .Range(1, 3)
            .Select(holder =>
                Task.Run(async () =>
                {
                    while (!done.IsCancellationRequested)
                    {
                        // Each row has the same version, so that only tag and lease tell the old from the new.
                        var lease = (await tier.ReadAsync("k", holder, Cancelled)).Lease;
                        if (lease == 0)
                        {
                            lease = await tier.TryLeaseAsync("k", holder, Cancelled);
                        }

                        if (lease == 0)
                        {
                            continue;
                        }

                        var load = Loaded("k", lease, 42, ["red"], value: $"{Volatile.Read(ref row)}");
                        await tier.FillAsync(load);
                    }
                })
            )
            .ToArray();
        for (var i = 1; i <= 200; i++)
        {
            Volatile.Write(ref row, i);
            await RemoveAsync(tier, "red");
            if ((await tier.ReadAsync("k")).Entry is { } entry)
            {
                Assert.Equal($"{i}", entry.Text());
            }
        }

        await done.CancelAsync();
        await Task.WhenAll(loaders);
    }

    [Fact]
    public async Task Observers_hear_which_tags_were_removed()
    {
        var tier = await StartAsync();
        var observer = new RecordingObserver();
        using var subscription = tier.Subscribe(observer);
        await RemoveAsync(tier, "red", "blé d'or: 麦");
        await observer.HeardAsync("tag removed red");
        await observer.HeardAsync("tag removed blé d'or: 麦");
    }

    [Fact]
    public async Task Observers_hear_that_a_value_removed_while_dirty_is_gone()
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(Tagged("k", "red"));
        var observer = new RecordingObserver();
        using var subscription = tier.Subscribe(observer);
        await RemoveAsync(tier, "red");
        await tier.FlushAsync();
        await observer.HeardAsync("changed k 0");
    }

    private static ValueTask RemoveAsync(ICacheTier tier, params string[] tags) => tier.RemoveByTagAsync(tags, Cancelled);

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
        string value = "v"
    ) =>
        new()
        {
            Key = key,
            Lease = lease,
            Value = TierSteps.Bytes(value),
            Version = version,
            Tags = tags,
            Ttl = ttl ?? Ages,
            Grace = grace ?? TimeSpan.Zero,
        };

    private static TierWrite Tagged(string key, params string[] tags) =>
        new()
        {
            Key = key,
            Value = TierSteps.Bytes("v"),
            Tags = tags,
        };

    private static Settlement Superseded(TakenEntry taken, params string[] tags) =>
        new()
        {
            Taken = taken,
            Kind = SettlementKind.Superseded,
            Ttl = Ages,
            StoreRow = new CacheEntry
            {
                Value = TierSteps.Bytes("theirs"),
                Version = taken.Entry.Version + 1,
                Tags = tags,
            },
        };
}
