using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>The account of what is dirty.</summary>
public abstract class TierDirtyConformance(TierHarness harness) : CacheTierConformance(harness)
{
    [Fact]
    public async Task A_new_tier_has_nothing_dirty() => Assert.Equal(default, await (await StartAsync()).DirtyAsync());

    [Fact]
    public async Task Entries_and_bytes_are_counted_once_per_key()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("ab", "12345");
        await tier.WriteAsync("ab", "123");
        await tier.WriteAsync("é", "1");
        await tier.DeleteAsync("gone");
        var dirty = await tier.DirtyAsync();
        Assert.Equal((3L, 5L + 3 + 4, 0L), (dirty.Entries, dirty.Bytes, dirty.DeadLetters));
        await tier.FlushAsync();
        Assert.Equal(default, await tier.DirtyAsync());
    }

    [Fact]
    public async Task A_taken_entry_counts_until_it_is_settled()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "v");
        await tier.TakeAsync(await tier.AcquireAllAsync());
        Assert.Equal((1L, 2L), ((await tier.DirtyAsync()).Entries, (await tier.DirtyAsync()).Bytes));
    }

    [Fact]
    public async Task The_oldest_age_counts_from_the_first_unsaved_write()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "v");
        await OutlastMomentAsync();
        await tier.WriteAsync("k", "w");
        await tier.WriteAsync("younger", "v");
        Assert.InRange((await tier.DirtyAsync()).OldestAge, Moment, Ages);
        await tier.TakeAsync(await tier.AcquireAllAsync());
        Assert.InRange((await tier.DirtyAsync()).OldestAge, Moment, Ages);
    }

    [Fact]
    public async Task A_key_that_was_written_during_its_flush_counts_from_that_write()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "old");
        // A timer and the tier's clock may differ by some.
        await AdvanceAsync(TimeSpan.FromMilliseconds(320));
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        await tier.WriteAsync("k", "new");
        Assert.InRange((await tier.DirtyAsync()).OldestAge, TimeSpan.FromMilliseconds(300), Ages);
        await tier.SettleAsync(taken.Stored());
        Assert.InRange((await tier.DirtyAsync()).OldestAge, TimeSpan.Zero, TimeSpan.FromMilliseconds(299));
    }
}
