using System.Globalization;
using Remanso.Entries;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Conformance.Tiers;

/// <summary>Writes that add.</summary>
public abstract class TierCounterConformance(TierHarness harness) : CacheTierConformance(harness)
{
    [Fact]
    public async Task An_addition_to_a_key_that_is_not_there_asks_for_a_load_and_writes_nothing()
    {
        var tier = await StartAsync();
        Assert.Equal(TierWriteOutcome.NotResident, (await AddAsync(tier, "k", 1)).Outcome);
        await tier.AssertMissAsync("k");
        Assert.Equal(0, (await tier.DirtyAsync()).Entries);
    }

    [Fact]
    public async Task An_addition_to_what_was_loaded_makes_it_dirty_with_the_sum()
    {
        var tier = await StartAsync();
        await tier.FillAsync("k", "41", 7);
        var result = await AddAsync(tier, "k", 1);
        var entry = await tier.HitAsync("k");
        Assert.Equal((TierWriteOutcome.Accepted, 42L, result.Version), (result.Outcome, result.Number, entry.Version));
        Assert.Equal(("42", EntryState.Dirty), (entry.Text(), entry.State));
        Assert.Equal("42", Assert.Single(await tier.TakeAsync(await tier.AcquireAllAsync())).Entry.Text());
    }

    [Fact]
    public async Task Concurrent_additions_add_up_exactly_and_each_sees_a_sum_of_its_own()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "0");
        var results = await Task.WhenAll(
            Enumerable.Range(0, 2000).Select(_ => Task.Run(async () => await AddAsync(tier, "k", 1), Cancelled))
        );
        Assert.All(results, result => Assert.Equal(TierWriteOutcome.Accepted, result.Outcome));
        Assert.Equal(2000, results.Select(result => result.Number).Distinct().Count());
        Assert.Equal("2000", (await tier.HitAsync("k")).Text());
        Assert.Equal(results.MaxBy(result => result.Version).Version, (await tier.HitAsync("k")).Version);
    }

    [Fact]
    public async Task Additions_go_on_over_flushes_and_dropped_copies()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "0");
        for (var round = 1; round <= 3; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(async () => await AddAsync(tier, "k", 1), Cancelled)));
            await tier.FlushAsync();
            var stored = await tier.HitAsync("k");
            Assert.Equal(($"{round * 100}", EntryState.None), (stored.Text(), stored.State));

            await tier.InvalidateAsync("k");
            Assert.Equal(TierWriteOutcome.NotResident, (await AddAsync(tier, "k", 1)).Outcome);
            await tier.FillAsync("k", stored.Text(), stored.Version);
        }

        Assert.Equal(301, (await AddAsync(tier, "k", 1)).Number);
    }

    [Fact]
    public async Task An_addition_during_a_flush_stays_dirty()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "1");
        var leases = await tier.AcquireAllAsync();
        var taken = Assert.Single(await tier.TakeAsync(leases));
        await AddAsync(tier, "k", 1);
        Assert.Equal(SettleResult.StillDirty, await tier.SettleAsync(taken.Stored()));
        Assert.Equal("2", Assert.Single(await tier.TakeAsync(leases)).Entry.Text());
    }

    [Fact]
    public async Task A_deleted_key_counts_as_zero()
    {
        var tier = await StartAsync();
        await tier.WriteAsync("k", "5");
        await tier.DeleteAsync("k");
        Assert.Equal(-3, (await AddAsync(tier, "k", -3)).Number);
        var entry = await tier.HitAsync("k");
        Assert.Equal(("-3", false), (entry.Text(), entry.IsTombstone));
    }

    [Fact]
    public async Task What_has_a_value_keeps_type_tags_and_lifetime_and_a_new_one_gets_those_of_the_write()
    {
        var tier = await StartAsync();
        var ends = tier.Now + 3_600_000_000;
        await tier.DeleteAsync("k");
        await tier.TryWriteAsync(
            new TierWrite
            {
                Key = "k",
                Merge = Merge.Add(1),
                ContentType = "text/first",
                Tags = ["a", "b"],
                ExpiresAt = ends,
            }
        );
        await tier.TryWriteAsync(
            new TierWrite
            {
                Key = "k",
                Merge = Merge.Add(1),
                ContentType = "text/second",
                Tags = ["c"],
                ExpiresAt = ends + 1,
            }
        );
        var entry = await tier.HitAsync("k");
        Assert.Equal(("2", "text/first", ends), (entry.Text(), entry.ContentType, entry.ExpiresAt));
        Assert.Equal(["a", "b"], entry.Tags);
    }

    [Fact]
    public async Task Without_a_store_a_counter_begins_at_zero_and_is_clean()
    {
        var tier = await StartAsync();
        var write = new TierWrite
        {
            Key = "k",
            Merge = Merge.Add(2),
            CleanTtl = Ages,
        };
        Assert.Equal(2, (await tier.TryWriteAsync(write)).Number);
        Assert.Equal(4, (await tier.TryWriteAsync(write)).Number);
        var entry = await tier.HitAsync("k");
        Assert.Equal(("4", EntryState.None), (entry.Text(), entry.State));
    }

    [Theory]
    [InlineData("", 1, null)]
    [InlineData("x", 1, null)]
    [InlineData("1.5", 1, null)]
    [InlineData(" 1", 1, null)]
    [InlineData("-", 1, null)]
    [InlineData("9223372036854775808", -1, null)]
    [InlineData("10000000000000000000", -1, null)]
    [InlineData("000000000000000000000000000000001", 1, null)]
    [InlineData("00000000000000000000000000000001", 1, 2L)]
    [InlineData("+7", 1, 8L)]
    [InlineData("-0", 0, 0L)]
    [InlineData("-1", 1, 0L)]
    [InlineData("1", -2, -1L)]
    [InlineData("9999999999", 1, 10000000000L)]
    [InlineData("10000000000", -1, 9999999999L)]
    [InlineData("-10000000000", 1, -9999999999L)]
    [InlineData("-9999999999", -1, -10000000000L)]
    [InlineData("9007199254740993", 2, 9007199254740995L)]
    [InlineData("20000000001", -30000000000, -9999999999L)]
    [InlineData("9223372036854775806", 1, 9223372036854775807L)]
    [InlineData("-9223372036854775807", -1, -9223372036854775808L)]
    [InlineData("-9223372036854775808", 9223372036854775807, -1L)]
    [InlineData("9223372036854775807", -9223372036854775808, -1L)]
    public async Task Numbers_of_64_bits_are_added_exactly_and_nothing_else_is_a_number(string text, long by, long? sum)
    {
        var tier = await StartAsync();
        var version = await tier.WriteAsync("k", text);
        var result = await AddAsync(tier, "k", by);
        if (sum is null)
        {
            Assert.Equal((TierWriteOutcome.NotANumber, version), (result.Outcome, result.Version));
            Assert.Equal((text, version), ((await tier.HitAsync("k")).Text(), (await tier.HitAsync("k")).Version));
            return;
        }

        Assert.Equal((TierWriteOutcome.Accepted, sum.Value), (result.Outcome, result.Number));
        Assert.Equal(sum.Value.ToString(CultureInfo.InvariantCulture), (await tier.HitAsync("k")).Text());
    }

    [Theory]
    [InlineData("9223372036854775807", 1)]
    [InlineData("1", 9223372036854775807)]
    [InlineData("-9223372036854775808", -1)]
    [InlineData("-2", -9223372036854775808)]
    [InlineData("9223372036854775807", 9223372036854775807)]
    public async Task A_sum_of_more_than_64_bits_is_refused(string text, long by)
    {
        var tier = await StartAsync();
        var version = await tier.WriteAsync("k", text);
        var result = await AddAsync(tier, "k", by);
        Assert.Equal((TierWriteOutcome.Overflow, version), (result.Outcome, result.Version));
        Assert.Equal(text, (await tier.HitAsync("k")).Text());
    }

    private static ValueTask<TierWriteResult> AddAsync(ICacheTier tier, string key, long by) =>
        tier.TryWriteAsync(new TierWrite { Key = key, Merge = Merge.Add(by) });
}
