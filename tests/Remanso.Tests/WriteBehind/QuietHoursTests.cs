using Remanso.Conformance.Tiers;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.WriteBehind;

[Collection(ManualClockTests.Name)]
public sealed class QuietHoursTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("22:00-06:30", "23:59", true)]
    [InlineData("22:00-06:30", "00:00", true)]
    [InlineData("22:00-06:30", "06:29", true)]
    [InlineData("22:00-06:30", "06:30", false)]
    [InlineData("22:00-06:30", "21:59", false)]
    [InlineData("09:00-17:00", "12:00", true)]
    [InlineData("09:00-17:00", "17:00", false)]
    [InlineData("09:00-17:00", "08:59", false)]
    public void The_hours_may_go_over_midnight_and_end_before_their_end(string hours, string time, bool contains) =>
        Assert.Equal(contains, QuietHours.Parse(hours).Contains(TimeOnly.Parse(time, System.Globalization.CultureInfo.InvariantCulture)));

    [Theory]
    [InlineData("")]
    [InlineData("22:00")]
    [InlineData("22:00-22:00")]
    [InlineData("22:00-24:00")]
    [InlineData("22-6")]
    [InlineData("22:00-06:00-07:00")]
    public void What_is_no_part_of_a_day_is_refused(string text)
    {
        Assert.False(QuietHours.TryParse(text, out _));
        Assert.Throws<FormatException>(() => QuietHours.Parse(text));
    }

    [Fact]
    public void The_text_of_the_hours_is_what_they_are_read_from() =>
        Assert.Equal("22:00-06:30", QuietHours.Parse("22:00-06:30").ToString());

    [Fact]
    public async Task Nothing_is_flushed_by_itself_before_they_are_over()
    {
        await using var harness = await StartAsync();
        await harness.Cache.SetAsync("k", "v");

        harness.Time.Advance(TimeSpan.FromMinutes(50));
        await CacheHarness.SettleAsync();
        Assert.Empty(harness.Store.Rows);

        harness.Time.Advance(TimeSpan.FromMinutes(10));
        await harness.AdvanceUntilAsync(() => harness.Store.Rows.ContainsKey("k"), "the flush");
    }

    [Fact]
    public async Task Whoever_waits_for_stored_is_not_held_up()
    {
        await using var harness = await StartAsync();

        await harness.Cache.SetAsync("k", "v", new() { Durability = Durability.Stored }).AsTask().WaitAsync(_patience);
        var receipt = await harness.Cache.SetAsync("k", "w");
        await harness.Cache.WaitAsync("k", receipt, Durability.Stored).AsTask().WaitAsync(_patience);

        Assert.Equal("w", harness.Store.Text("k"));
    }

    [Fact]
    public async Task Half_of_a_limit_ends_them_and_a_full_batch_does_not()
    {
        await using var harness = await StartAsync(static options => (options.Flush.BatchSize, options.Tier.MaxDirtyEntries) = (2, 10));
        for (var i = 0; i < 4; i++)
        {
            await harness.Cache.SetAsync($"k{i}", "v");
        }

        harness.Time.Advance(TimeSpan.FromMinutes(1));
        await CacheHarness.SettleAsync();
        Assert.Empty(harness.Store.Rows);

        await harness.Cache.SetAsync("k4", "v");

        await harness.AdvanceUntilAsync(() => harness.Store.Rows.Count == 5, "the flush");
    }

    [Fact]
    public async Task Half_of_the_memory_ends_them_where_entries_are_small()
    {
        await using var harness = await StartAsync(static options =>
            (options.Tier.MaxBytes, options.Flush.BatchSize, options.MaxValueBytes) = (1 << 20, 100, 1000)
        );
        for (var i = 0; i < 1000; i++)
        {
            await harness.Cache.SetAsync($"key of some length {i}", "v");
        }

        harness.Time.Advance(TimeSpan.FromMinutes(1));
        await CacheHarness.SettleAsync();
        Assert.Empty(harness.Store.Rows);
        for (var i = 1000; i < 2000; i++)
        {
            await harness.Cache.SetAsync($"key of some length {i}", "v");
        }

        await harness.AdvanceUntilAsync(() => harness.Store.Rows.Count == 2000, "the flush");
        Assert.InRange(harness.Time.GetUtcNow().TimeOfDay, TimeSpan.FromHours(12), TimeSpan.FromHours(12.5));
    }

    [Fact]
    public async Task A_tier_that_can_not_tell_how_full_it_is_ends_no_flusher()
    {
        var isFailing = false;
        var asked = 0;
        await using var harness = await CacheHarness.StartAsync(
            static options => options.Flush.QuietHours = QuietHours.Parse("11:00-13:00"),
            decorate: tier => new FaultyTier(tier)
            {
                IsLocal = false,
                Before = operation =>
                    isFailing && operation == nameof(ICacheTier.GetDirtyAsync) && ++asked > 0
                        ? throw new InvalidOperationException("foreign bytes")
                        : ValueTask.CompletedTask,
            }
        );
        await harness.Cache.SetAsync("k", "v");
        isFailing = true;
        await harness.AdvanceUntilAsync(() => asked > 2, "the flusher asks");
        isFailing = false;

        harness.Time.Advance(TimeSpan.FromHours(1));
        await harness.AdvanceUntilAsync(() => harness.Store.Rows.ContainsKey("k"), "the flush");
    }

    // What the store refuses has a back-off of its own, and a pass that only finds it held back ends the urgency anyway. What
    // the tier fails has none.
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task A_writer_who_gave_up_waiting_ends_them_no_longer(bool isLocal, bool isOfTier)
    {
        var (tries, fails) = (0, true);
        await using var harness = await CacheHarness.StartAsync(
            static options =>
            {
                options.Flush.QuietHours = QuietHours.Parse("11:00-13:00");
                options.Flush.StoredTimeout = TimeSpan.FromSeconds(30);
            },
            decorate: tier => new FaultyTier(tier)
            {
                IsLocal = isLocal,
                Before = called =>
                    isOfTier && called == nameof(ICacheTier.TakeAsync)
                        ? Try(new TierUnavailableException("the tier is away", mayHaveHappened: false))
                        : ValueTask.CompletedTask,
            }
        );
        harness.Store.BeforeSave = _ => isOfTier ? Task.CompletedTask : Try(new TimeoutException("the store is away")).AsTask();
        var write = harness.Cache.SetAsync("k", "v", new() { Durability = Durability.Stored }).AsTask();
        await harness.AdvanceUntilAsync(() => write.IsCompleted, "the writer gives up");
        await Assert.ThrowsAsync<DurabilityNotReachedException>(() => write);
        // What was under way at that moment may still fail.
        harness.Time.Advance(TimeSpan.FromMinutes(1));
        await CacheHarness.SettleAsync();
        Assert.InRange(tries, 1, int.MaxValue);

        fails = false;
        for (var i = 0; i < 10; i++)
        {
            harness.Time.Advance(TimeSpan.FromMinutes(1));
            await CacheHarness.SettleAsync();
        }

        Assert.Empty(harness.Store.Rows);
        harness.Time.Advance(TimeSpan.FromHours(1));
        await harness.AdvanceUntilAsync(() => harness.Store.Rows.ContainsKey("k"), "the flush");

        ValueTask Try(Exception fault)
        {
            Interlocked.Increment(ref tries);
            return fails ? throw fault : ValueTask.CompletedTask;
        }
    }

    [Fact]
    public async Task A_flush_by_hand_and_a_stop_flush()
    {
        await using var harness = await StartAsync();
        await harness.Cache.SetAsync("a", "v");
        await harness.Cache.Operations.FlushAsync();
        Assert.Equal("v", harness.Store.Text("a"));

        await harness.Cache.SetAsync("b", "v");
        await harness.StopAsync();
        Assert.Equal("v", harness.Store.Text("b"));
    }

    [Fact]
    public async Task Hours_without_a_length_are_refused()
    {
        var exception = await Assert.ThrowsAsync<CacheConfigurationException>(() =>
            CacheHarness.StartAsync(static options => options.Flush.QuietHours = default(QuietHours))
        );

        Assert.Contains("Flush:QuietHours", exception.Message, StringComparison.Ordinal);
    }

    // It is 12:00 on the test's clock.
    private static Task<CacheHarness> StartAsync(Action<CacheOptions>? configure = null) =>
        CacheHarness.StartAsync(options =>
        {
            options.Flush.QuietHours = QuietHours.Parse("11:00-13:00");
            configure?.Invoke(options);
        });
}
