using Remanso.Entries;
using Remanso.Tiers;
using Xunit;
using static Remanso.Conformance.Tiers.TagSteps;

namespace Remanso.Conformance.Tiers;

/// <summary>Dirty entries beside a removal by tag: it drops them once they are settled.</summary>
public abstract class TierTagFlushConformance(TierHarness harness) : CacheTierConformance(harness)
{
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
        await RemoveAnotherAsync(tier);
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
        await RemoveAnotherAsync(tier);
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
    public async Task An_adopted_row_has_its_own_tags()
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(Tagged("k", "red"));
        await RemoveAnotherAsync(tier);
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        await tier.SettleAsync(Superseded(taken, "green"));
        Assert.Equal(["green"], (await tier.HitAsync("k")).Tags);
        await RemoveAsync(tier, "red");
        await tier.HitAsync("k");
        await RemoveAsync(tier, "green");
        await tier.AssertMissAsync("k");
    }

    [Fact]
    public async Task An_adopted_row_is_as_old_as_the_take()
    {
        var tier = await StartAsync();
        await tier.TryWriteAsync(Tagged("k", "red"));
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        await RemoveAsync(tier, "blue");
        await tier.SettleAsync(Superseded(taken, "blue"));
        await tier.AssertMissAsync("k");
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

    // From then on settling compares ages with the removals that there were.
    private static ValueTask RemoveAnotherAsync(ICacheTier tier) => RemoveAsync(tier, "another");

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
