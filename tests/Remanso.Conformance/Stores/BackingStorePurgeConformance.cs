using Remanso.Entries;
using Remanso.Stores;
using Xunit;

namespace Remanso.Conformance.Stores;

/// <summary>What a purge removes, and what it must leave: for every default store.</summary>
public abstract class BackingStorePurgeConformance : StoreConformance
{
    /// <summary>Whether there is a server with a clock of its own.</summary>
    protected virtual bool HasClock => true;

    private static long Past => 1_000_000;

    // Later than the clock that the rows' times come from, whatever the test's machine thinks of the time.
    private static long Future => CacheEntry.Never / 2;

    [Fact]
    public async Task The_time_of_its_server_is_told_in_microseconds_since_1970()
    {
        var before = Now();
        var time = await ((IPurgeableStore)Store).GetTimeAsync(Cancellation);
        var after = Now();

        // The server of a test runs on the same machine.
        Assert.InRange(time, HasClock ? before - 1_000_000 : CacheEntry.Never, HasClock ? after + 1_000_000 : CacheEntry.Never);

        static long Now() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1000;
    }

    [Fact]
    public async Task Tombstones_are_removed_and_values_stay()
    {
        await SaveAsync(Write("dead", 1), Write("alive", 1));
        await SaveAsync(Delete("dead", 2));

        Assert.Equal(1, await PurgeAsync(Future));

        Assert.Null(await LoadAsync("dead"));
        Assert.Equal("value", Text(await LoadExistingAsync("alive")));
    }

    [Fact]
    public async Task A_tombstone_younger_than_the_retention_stays()
    {
        await SaveAsync(Delete("k", 2));

        Assert.Equal(0, await PurgeAsync(Past));

        Assert.True((await LoadExistingAsync("k")).Deleted);
        Assert.Equal([SaveOutcome.Superseded(2)], await SaveAsync(Write("k", 1, "late")));
    }

    [Fact]
    public async Task Rows_past_their_lifetime_are_removed_and_those_within_it_stay()
    {
        await SaveAsync(Write("expired", 1, expiresAt: 50), Write("lives", 1, expiresAt: Future + 1), Write("forever", 1));

        Assert.Equal(1, await PurgeAsync(Future));

        Assert.Null(await LoadAsync("expired"));
        Assert.NotNull(await LoadAsync("lives"));
        Assert.NotNull(await LoadAsync("forever"));
    }

    [Fact]
    public async Task A_row_that_was_written_after_its_lifetime_had_ended_stays_as_long_as_a_young_one()
    {
        await SaveAsync(Write("k", 1, expiresAt: 50));

        Assert.Equal(0, await PurgeAsync(Past));

        Assert.NotNull(await LoadAsync("k"));
    }

    [Fact]
    public async Task A_deleted_row_goes_by_its_deletion_and_not_by_its_lifetime()
    {
        await SaveAsync(Delete("k", 1) with { ExpiresAt = Future + 1 });

        Assert.Equal(1, await PurgeAsync(Future));
    }

    [Fact]
    public async Task A_row_written_again_after_its_deletion_stays()
    {
        await SaveAsync(Delete("k", 1));
        await SaveAsync(Write("k", 2, "again"));

        Assert.Equal(0, await PurgeAsync(Future));

        Assert.Equal("again", Text(await LoadExistingAsync("k")));
    }

    [Fact]
    public async Task A_purge_removes_no_more_than_it_was_told_and_the_next_ones_the_rest()
    {
        await SaveAsync(Enumerable.Range(0, 25).Select(i => Delete($"k{i:00}", 1)));

        foreach (var expected in new[] { 10, 10, 5, 0 })
        {
            Assert.Equal(expected, await PurgeAsync(Future));
        }
    }

    [Fact]
    public async Task The_rows_of_spared_keys_stay_and_keep_no_others_from_their_turn()
    {
        string[] spared = ["k00", "k01", "quote ' double \" backtick `", "back\\slash", "emoji \U0001F600", "{before} {max}"];
        await SaveAsync([.. spared.Select(key => Delete(key, 1))]);
        await SaveAsync(Enumerable.Range(2, 9).Select(i => Delete($"k{i:00}", 1)));

        foreach (var expected in new[] { 4, 4, 1, 0 })
        {
            Assert.Equal(expected, await ((IPurgeableStore)Store).PurgeAsync(Future, 4, [.. spared, "no row"], Cancellation));
        }

        var left = await Store.LoadAsync([.. spared, "k02", "k10"], Cancellation);
        Assert.Equal(spared.Order(StringComparer.Ordinal), left.Select(static row => row.Key).Order(StringComparer.Ordinal));
        Assert.Equal(spared.Length, await PurgeAsync(Future));
    }

    [Fact]
    public async Task Other_caches_rows_stay()
    {
        var other = Bed.Provider.Create("other");
        await other.SaveAsync([Delete("k", 1)], Cancellation);

        Assert.Equal(0, await PurgeAsync(Future));

        Assert.Single(await other.LoadAsync(["k"], Cancellation));
    }

    [Fact]
    public async Task Any_key_can_be_purged()
    {
        string[] keys = ["quote ' double \" backtick `", "back\\slash", "emoji \U0001F600", "$key {before} {max}"];
        await SaveAsync(keys.Select(key => Delete(key, 1)));

        Assert.Equal(keys.Length, await PurgeAsync(Future));
    }

    [Fact]
    public async Task A_key_that_was_purged_can_be_written_again()
    {
        await SaveAsync(Delete("k", 1));
        await PurgeAsync(Future);

        Assert.Equal([SaveOutcome.Applied], await SaveAsync(Write("k", 2, "again")));
        Assert.Equal("again", Text(await LoadExistingAsync("k")));
    }

    [Fact]
    public async Task Purges_beside_saves_lose_no_value_and_fail_nobody_for_good()
    {
        const int Rounds = 40;
        string[] keys = [.. Enumerable.Range(0, 20).Select(i => $"k{i:00}")];
        var saving = true;
        var purger = (IPurgeableStore)Bed.AnotherProcess().Create("default");
        var purging = Task.Run(
            async () =>
            {
                while (Volatile.Read(ref saving))
                {
                    await RepeatAsync(async () => await purger.PurgeAsync(Future, 7, Cancellation));
                }
            },
            Cancellation
        );
        try
        {
            for (var version = 1; version <= Rounds; version++)
            {
                var issued = version;
                await RepeatAsync(async () => await SaveAsync(keys.Select(key => Delete(key, (2 * issued) - 1))));
                await RepeatAsync(async () => await SaveAsync(keys.Select(key => Write(key, 2 * issued, $"v{issued}"))));
                Assert.All(await Store.LoadAsync(keys, Cancellation), row => Assert.Equal($"v{issued}", Text(row)));
                Assert.Equal(keys.Length, (await Store.LoadAsync(keys, Cancellation)).Count);
            }
        }
        finally
        {
            Volatile.Write(ref saving, false);
            await purging;
        }
    }

    private ValueTask<int> PurgeAsync(long before) => ((IPurgeableStore)Store).PurgeAsync(before, 10, Cancellation);

    /// <summary>As the flusher does: what fails for a passing reason is tried again.</summary>
    private static async Task RepeatAsync(Func<Task> call)
    {
        while (true)
        {
            try
            {
                await call();
                return;
            }
            catch (StoreException exception) when (exception.IsTransient)
            {
                Cancellation.ThrowIfCancellationRequested();
            }
        }
    }
}
