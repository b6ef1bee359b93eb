using Remanso.Entries;
using Remanso.Tiers;
using Xunit;
using static Remanso.Conformance.Tiers.TagSteps;

namespace Remanso.Conformance.Tiers;

/// <summary>What carries tags, and what a removal by tag drops.</summary>
public abstract class TierTagConformance(TierHarness harness) : CacheTierConformance(harness)
{
    [Fact]
    public async Task Removal_drops_the_clean_copies_that_carry_the_tag_and_no_others()
    {
        var tier = await StartAsync();
        // Enough of each to be in many partitions.
        var numbers = Enumerable.Range(0, 20).ToList();
        foreach (var i in numbers)
        {
            await FillAsync(tier, $"red:{i}", "red");
            await FillAsync(tier, $"blue:{i}", "blue");
        }
        await tier.FillAsync("plain", "v", 42);

        await RemoveAsync(tier, "red");

        foreach (var i in numbers)
        {
            await tier.AssertMissAsync($"red:{i}");
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
    public async Task The_version_grows_over_a_removal()
    {
        var tier = await StartAsync();
        // By an hour, so that the clock alone would issue a lower one.
        var ahead = tier.Now + 3_600_000_000;
        var lease = await tier.LeaseAsync("k");
        await tier.FillAsync(Loaded("k", lease, ahead, ["red"]));
        await RemoveAsync(tier, "red");
        await tier.AssertMissAsync("k");
        Assert.True(await tier.WriteAsync("k", "w") > ahead);
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
    public async Task Observers_hear_which_tags_were_removed()
    {
        var tier = await StartAsync();
        var observer = new RecordingObserver();
        using var subscription = tier.Subscribe(observer);
        await RemoveAsync(tier, "red", "blé d'or: 麦");
        await observer.HeardAsync("tag removed red");
        await observer.HeardAsync("tag removed blé d'or: 麦");
    }
}
