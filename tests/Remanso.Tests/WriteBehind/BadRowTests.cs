using System.Text;
using System.Threading.Channels;
using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Stores;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>One bad row among good ones holds up itself alone.</summary>
[Collection(ManualClockTests.Name)]
public sealed class BadRowTests
{
    private const int Bad = 1500;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Thousands_of_refused_entries_in_front_do_not_starve_those_behind_them(bool blamesRow)
    {
        // More than all lanes take at once.
        await using var harness = await CacheHarness.StartAsync(static options => options.Flush.BatchSize = 100);
        harness.Store.BeforeSave = Refuses(new StoreException("too long", isTransient: false) { BlamesRow = blamesRow });
        for (var i = 0; i < Bad; i++)
        {
            await harness.Cache.SetAsync($"bad{i}", "bad");
        }

        for (var i = 0; i < 20; i++)
        {
            await harness.Cache.SetAsync($"good{i}", "good");
        }

        var began = harness.Time.GetUtcNow();
        await harness.AdvanceUntilAsync(() => harness.Store.Rows.Count == 20, "that the good ones are stored");
        Assert.True(harness.Time.GetUtcNow() - began < TimeSpan.FromSeconds(15));

        await harness.AdvanceUntilAsync(() => DirtyOf(harness) == 0, "that nothing is dirty");
        Assert.Equal(Bad, (await harness.Cache.Operations.GetStatisticsAsync()).Flush.DeadLettered);
    }

    [Fact]
    public async Task A_store_that_refuses_everything_gets_a_bounded_number_of_statements()
    {
        await using var harness = await CacheHarness.StartAsync(static options => options.Flush.BatchSize = 100);
        var statements = 0;
        harness.Store.BeforeSave = _ =>
        {
            Interlocked.Increment(ref statements);
            throw new StoreException("no such type", isTransient: false);
        };
        for (var i = 0; i < Bad; i++)
        {
            await harness.Cache.SetAsync($"k{i}", "v");
        }

        var until = harness.Time.GetUtcNow() + TimeSpan.FromSeconds(6);
        await harness.AdvanceUntilAsync(() => harness.Time.GetUtcNow() >= until, "six seconds");

        Assert.InRange(Volatile.Read(ref statements), 1, 2000 + (6 * 200) + 200);
        Assert.Equal(0, (await harness.Cache.Operations.GetStatisticsAsync()).Flush.DeadLettered);
        Assert.NotEmpty(harness.Registry.GetProblems());
    }

    [Fact]
    public async Task An_entry_that_always_fails_while_others_are_stored_becomes_a_dead_letter_whatever_its_error()
    {
        var patience = TimeSpan.FromSeconds(10);
        await using var harness = await CacheHarness.StartAsync(options =>
        {
            options.Flush.MaxBackoff = TimeSpan.FromMilliseconds(200);
            options.Flush.DeadLetterAfter = patience;
        });
        harness.Store.BeforeSave = Refuses(new StoreException("permission denied", isTransient: true));
        await harness.Cache.SetAsync("k", "bad");

        var began = harness.Time.GetUtcNow();
        var i = 0;
        await harness.AdvanceUntilAsync(
            () =>
            {
                _ = harness.Cache.SetAsync($"good{i++}", "good").AsTask();
                return DeadLetters(harness) == 1;
            },
            "the dead letter"
        );

        var letter = Assert.Single(await harness.Cache.Operations.GetDeadLettersAsync());
        Assert.Equal(("k", "permission denied"), (letter.Key, letter.Error));
        Assert.True(harness.Time.GetUtcNow() - began >= patience);
        await harness.AdvanceUntilAsync(() => DirtyOf(harness) == 0, "that the others are stored");
        Assert.Empty(harness.Registry.GetProblems());
    }

    [Fact]
    public async Task What_is_stored_beside_a_row_that_fails_again_and_again_is_settled_before_its_next_try()
    {
        await using var harness = await CacheHarness.StartAsync();
        var gate = new Gate();
        var tries = 0;
        harness.Store.BeforeSave = async batch =>
        {
            if (batch.Any(static write => write.Key == "k07"))
            {
                // A whole batch, its half, and then a half of that, which nothing but the test lets go on.
                await (++tries == 3 ? gate.PassAsync() : Task.CompletedTask);
                throw new StoreException("canceling statement due to lock timeout", isTransient: true);
            }
        };
        var receipts = new List<WriteReceipt>();
        for (var i = 0; i < 50; i++)
        {
            receipts.Add(await harness.Cache.SetAsync($"k{i:00}", "v"));
        }

        var waits = Enumerable
            .Range(25, 25)
            .Select(i => harness.Cache.WaitAsync($"k{i:00}", receipts[i], Durability.Stored).AsTask())
            .ToArray();
        await harness.AdvanceUntilAsync(() => tries == 3, "the third try");
        await gate.ArrivedAsync();

        await Task.WhenAll(waits).WaitAsync(_patience);
        Assert.Equal(25, DirtyOf(harness));
        gate.Open();
        await harness.AdvanceUntilAsync(() => DirtyOf(harness) == 1, "that all but one are stored");
        var counts = (await harness.Cache.Operations.GetStatisticsAsync()).Flush;
        Assert.Equal((49, 0), (counts.Stored, counts.AlreadyStored));
        harness.Store.BeforeSave = static _ => Task.CompletedTask;
        await harness.AdvanceUntilAsync(() => DirtyOf(harness) == 0, "that the last one is stored");
    }

    [Fact]
    public async Task What_was_settled_on_the_way_is_not_named_as_failed_where_the_tier_fails_then()
    {
        var settlements = 0;
        await using var harness = await CacheHarness.StartAsync(decorate: tier => new FaultyTier(tier)
        {
            Before = operation =>
                operation == nameof(ICacheTier.SettleAsync) && Interlocked.Increment(ref settlements) > 1
                    ? throw new TierUnavailableException("away", mayHaveHappened: false)
                    : ValueTask.CompletedTask,
        });
        harness.Store.BeforeSave = Refuses(new StoreException("canceling statement due to lock timeout", isTransient: true));
        var told = Channel.CreateUnbounded<CacheEvent>();
        using var observing = harness.Registry.Observe(
            one => told.Writer.TryWrite(one),
            CacheEventKinds.Flushed | CacheEventKinds.FlushFailed
        );
        for (var i = 0; i < 50; i++)
        {
            await harness.Cache.SetAsync($"k{i:00}", i == 7 ? "bad" : "good");
        }

        // The whole batch fails; the next time its halves leave, one of which is stored, and settled before the other is cut.
        Assert.Equal(50, (await harness.Cache.Operations.FlushAsync()).Failed.Count);
        var report = await harness.Cache.Operations.FlushAsync();

        Assert.Equal((25, 25), (report.Stored, report.Failed.Count));
        Assert.DoesNotContain("k25", report.Failed.Keys);
        foreach (
            var (kind, count) in new[]
            {
                (CacheEventKinds.FlushFailed, 50),
                (CacheEventKinds.Flushed, 25),
                (CacheEventKinds.FlushFailed, 25),
            }
        )
        {
            var one = await told.Reader.ReadAsync(CancellationToken.None).AsTask().WaitAsync(_patience);
            Assert.Equal((kind, count), (one.Kind, one.Count));
        }
    }

    [Fact]
    public async Task A_store_that_is_away_makes_no_dead_letters_however_long()
    {
        await using var harness = await CacheHarness.StartAsync(static options =>
            options.Flush.MaxBackoff = TimeSpan.FromMilliseconds(200)
        );
        var isDown = false;
        harness.Store.BeforeSave = _ => isDown ? throw new StoreException("down", isTransient: true) : Task.CompletedTask;
        for (var round = 0; round < 10; round++)
        {
            isDown = true;
            await harness.Cache.SetAsync("a", $"{round}");
            await harness.Cache.SetAsync("b", $"{round}");
            var until = harness.Time.GetUtcNow() + TimeSpan.FromSeconds(1);
            await harness.AdvanceUntilAsync(() => harness.Time.GetUtcNow() >= until, "an outage");
            isDown = false;
            await harness.AdvanceUntilAsync(() => DirtyOf(harness) == 0, "the recovery");
        }

        Assert.Equal(0, (await harness.Cache.Operations.GetStatisticsAsync()).Flush.DeadLettered);
    }

    [Fact]
    public async Task A_batch_that_times_out_is_halved_until_it_fits()
    {
        await using var harness = await CacheHarness.StartAsync(static options => options.Flush.BatchesInFlight = 1);
        var failures = 0;
        harness.Store.BeforeSave = batch =>
        {
            if (batch.Count > 330)
            {
                failures++;
                throw new TimeoutException("statement timeout");
            }

            return Task.CompletedTask;
        };
        for (var i = 0; i < 4000; i++)
        {
            await harness.Cache.SetAsync($"k{i}", "v");
        }

        await harness.AdvanceUntilAsync(() => harness.Store.Rows.Count == 4000, "that all are stored");
        Assert.InRange(failures, 1, 6);
        Assert.InRange(harness.Store.Saves.Count, 13, 40);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(20)]
    public async Task Writers_through_whose_values_are_refused_in_one_batch_are_told_so_quickly_and_nobody_reads_them(int writers)
    {
        await using var harness = await CacheHarness.StartAsync(static options =>
        {
            options.WriteMode = WriteMode.Through;
            options.Flush.Interval = TimeSpan.FromHours(1);
        });
        var gate = new Gate();
        harness.Store.BeforeSave = _ => gate.PassAsync();
        var first = harness.Cache.SetAsync("first", "good").AsTask();
        await gate.ArrivedAsync();
        harness.Store.BeforeSave = batch =>
            batch.Any(static write => Text(write) is "bad")
                ? throw new StoreException($"{batch[0].Key} is too long", isTransient: false) { BlamesRow = true }
                : Task.CompletedTask;
        var refused = Enumerable.Range(0, writers).Select(i => harness.Cache.SetAsync($"k{i}", "bad").AsTask()).ToArray();
        gate.Open();
        await first.WaitAsync(_patience);

        var began = harness.Time.GetUtcNow();
        await harness.AdvanceUntilAsync(() => refused.All(static write => write.IsCompleted), "the refusals");

        Assert.True(harness.Time.GetUtcNow() - began < TimeSpan.FromSeconds(2));
        for (var i = 0; i < writers; i++)
        {
            var exception = await Assert.ThrowsAsync<DurabilityNotReachedException>(() => refused[i]);
            Assert.Contains($"k{i} is too long", exception.Message, StringComparison.Ordinal);
            Assert.False(exception.IsAccepted);
            Assert.False((await harness.Cache.GetAsync($"k{i}")).Found);
        }

        Assert.Empty(await harness.Cache.Operations.GetDeadLettersAsync());
    }

    [Fact]
    public async Task A_stop_stores_what_is_good_behind_what_is_refused()
    {
        await using var harness = await CacheHarness.StartAsync(static options =>
        {
            options.Flush.Interval = TimeSpan.FromHours(1);
            options.Flush.BatchSize = 10;
            options.Flush.StopTimeout = TimeSpan.FromSeconds(5);
        });
        harness.Store.BeforeSave = Refuses(new StoreException("down for this one", isTransient: true));
        for (var i = 0; i < 100; i++)
        {
            await harness.Cache.SetAsync($"k{i}", i % 10 == 0 ? "good" : "bad");
        }

        var stop = harness.StopAsync();
        await harness.AdvanceUntilAsync(() => stop.IsCompleted, "the stop");
        await stop;

        Assert.Equal(10, harness.Store.Rows.Count);
    }

    private static long DirtyOf(CacheHarness harness) => harness.Cache.Operations.GetStatisticsAsync().AsTask().Result.Dirty.Entries;

    private static long DeadLetters(CacheHarness harness) =>
        harness.Cache.Operations.GetStatisticsAsync().AsTask().Result.Flush.DeadLettered;

    private static string Text(StoreWrite<string, ReadOnlyMemory<byte>> write) => Encoding.UTF8.GetString(write.Value.Span);

    private static Func<IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>>, Task> Refuses(StoreException error) =>
        batch => batch.Any(static write => Text(write) == "bad") ? throw error : Task.CompletedTask;
}
