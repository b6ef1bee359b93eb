using Remanso.Entries;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>What the store refuses for good.</summary>
public abstract class TierDeadLetterConformance(TierHarness harness) : CacheTierConformance(harness)
{
    [Fact]
    public async Task A_dead_letter_is_listed_with_its_error_and_still_served()
    {
        var tier = await StartAsync();
        var version = await tier.DeadLetterAsync("k", "v", "value too long");
        var letter = Assert.Single(await tier.ListDeadLettersAsync(10, Cancelled));
        Assert.Equal(("k", "value too long"), (letter.Key, letter.Error));
        Assert.Equal((version, 1, false), (letter.Version, letter.Bytes, letter.IsDeleted));
        Assert.InRange(letter.AtMicros, tier.Now - 5_000_000, tier.Now + 5_000_000);

        var entry = await tier.HitAsync("k");
        Assert.Equal((EntryState.Dirty | EntryState.DeadLetter, "v", version), (entry.State, entry.Text(), entry.Version));
    }

    [Fact]
    public async Task Of_a_long_error_the_beginning_is_kept()
    {
        var tier = await StartAsync();
        // Cut between its halves, a character would be none.
        await tier.DeadLetterAsync("k", "v", "x" + string.Concat(Enumerable.Repeat("\U0001F600", 100_000)));
        var error = Assert.Single(await tier.ListDeadLettersAsync(10, Cancelled)).Error;
        Assert.StartsWith("x\U0001F600", error, StringComparison.Ordinal);
        Assert.EndsWith("\U0001F600…", error, StringComparison.Ordinal);
        Assert.InRange(error.Length, 1900, 2001);
    }

    [Fact]
    public async Task Of_the_control_characters_of_an_error_those_of_lines_and_columns_are_kept()
    {
        var tier = await StartAsync();
        await tier.DeadLetterAsync("k", "v", "no \0 such\r\n\tvalue \u001b[31m \u0085");
        var error = Assert.Single(await tier.ListDeadLettersAsync(10, Cancelled)).Error;
        Assert.Equal("no \uFFFD such\r\n\tvalue \uFFFD[31m \uFFFD", error);
    }

    [Fact]
    public async Task A_dead_letter_is_not_flushed_again_and_is_no_lag()
    {
        var tier = await StartAsync();
        await tier.DeadLetterAsync("k", "v");
        Assert.Empty(await tier.TakeAsync(await tier.AcquireAllAsync()));
        Assert.Equal(new DirtySummary(0, 0, TimeSpan.Zero, 1), await tier.DirtyAsync());
    }

    [Fact]
    public async Task A_dead_letter_has_no_TTL_and_survives_invalidation()
    {
        var tier = await StartAsync();
        await tier.DeadLetterAsync("k", "v");
        await OutlastMomentAsync();
        await tier.InvalidateAsync("k");
        await tier.InvalidateAllAsync(Cancelled);
        Assert.True((await tier.HitAsync("k")).IsDeadLetter);
    }

    [Fact]
    public async Task A_newer_write_supersedes_a_dead_letter()
    {
        var tier = await StartAsync();
        var refused = await tier.DeadLetterAsync("k", "refused");
        Assert.True(await tier.WriteAsync("k", "new") > refused);
        Assert.Empty(await tier.ListDeadLettersAsync(10, Cancelled));
        Assert.Equal(EntryState.Dirty, (await tier.HitAsync("k")).State);
        var dirty = await tier.DirtyAsync();
        Assert.Equal((1L, 0L), (dirty.Entries, dirty.DeadLetters));
        Assert.Equal("new", Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync())).Entry.Text());
    }

    [Fact]
    public async Task What_was_written_during_its_refusal_is_no_dead_letter()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "refused");
        var leases = await tier.AcquireAllAsync();
        var taken = Assert.Single(await tier.TakeAsync(leases));
        await tier.WriteAsync("k", "new");
        Assert.Equal(SettleResult.StillDirty, await tier.SettleAsync(taken.DeadLettered()));
        Assert.Empty(await tier.ListDeadLettersAsync(10, Cancelled));
        Assert.Equal("new", Assert.Single(await tier.TakeAsync(leases)).Entry.Text());
    }

    [Fact]
    public async Task Replay_queues_the_current_value_under_its_version()
    {
        var tier = await StartAsync();
        var version = await tier.DeadLetterAsync("k", "v");
        Assert.Equal(1, await tier.ReplayDeadLettersAsync(["k"], Cancelled));
        Assert.Empty(await tier.ListDeadLettersAsync(10, Cancelled));
        var taken = Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
        Assert.Equal(("v", version, EntryState.Dirty), (taken.Entry.Text(), taken.Entry.Version, taken.Entry.State));
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(taken.Stored()));
        Assert.Equal(default, await tier.DirtyAsync());
    }

    [Fact]
    public async Task A_settlement_that_comes_again_after_a_replay_is_harmless()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "v");
        var leases = await tier.AcquireAllAsync();
        var taken = Assert.Single(await tier.TakeAsync(leases));
        await tier.SettleAsync(taken.DeadLettered());
        await tier.ReplayDeadLettersAsync(["k"], Cancelled);
        Assert.Equal(SettleResult.StillDirty, await tier.SettleAsync(taken.DeadLettered()));
        Assert.Equal("v", Assert.Single(await tier.TakeAsync(leases)).Entry.Text());
    }

    [Fact]
    public async Task A_refusal_that_comes_again_after_its_replay_was_taken_is_none_of_the_newer_take()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "v");
        var leases = await tier.AcquireAllAsync();
        var refused = Assert.Single(await tier.TakeAsync(leases));
        await tier.SettleAsync(refused.DeadLettered());
        await tier.ReplayDeadLettersAsync(["k"], Cancelled);
        var replayed = Assert.Single(await tier.TakeAsync(leases));
        Assert.Equal(SettleResult.StillDirty, await tier.SettleAsync(refused.DeadLettered()));
        Assert.Empty(await tier.ListDeadLettersAsync(10, Cancelled));
        Assert.Equal("v", Assert.Single(await tier.TakeAsync(leases)).Entry.Text());
        Assert.Equal(SettleResult.Settled, await tier.SettleAsync(replayed.Stored()));
        Assert.Equal(default, await tier.DirtyAsync());
    }

    [Fact]
    public async Task A_dropped_dead_letter_is_a_miss_and_its_version_is_not_used_again()
    {
        var tier = await StartAsync();
        var version = await tier.DeadLetterAsync("k", "v");
        Assert.Equal(1, await tier.DropDeadLettersAsync(["k"], Cancelled));
        await tier.AssertMissAsync("k");
        Assert.Equal(default, await tier.DirtyAsync());
        Assert.Empty(await tier.ListDeadLettersAsync(10, Cancelled));
        Assert.True(await tier.WriteAsync("k", "new") > version);
    }

    [Fact]
    public async Task Replay_and_drop_leave_other_keys_alone()
    {
        var tier = await StartAsync();
        await tier.FillAsync("clean", "v", 42);
        await tier.WriteAsync("dirty", "v");
        Assert.Equal(0, await tier.ReplayDeadLettersAsync(["clean", "dirty", "none"], Cancelled));
        Assert.Equal(0, await tier.DropDeadLettersAsync(["clean", "dirty", "none"], Cancelled));
        await tier.HitAsync("clean");
        Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync()));
    }

    [Fact]
    public async Task Dead_letters_are_listed_oldest_first_up_to_a_limit()
    {
        var tier = await StartAsync();
        foreach (var key in new[] { "c", "a", "b" })
        {
            await tier.DeadLetterAsync(key, "v");
            await AdvanceAsync(TimeSpan.FromMilliseconds(5));
        }

        Assert.Equal(["c", "a"], (await tier.ListDeadLettersAsync(2, Cancelled)).Select(letter => letter.Key));
    }
}
