using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Stores;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>A receipt that is awaited for a higher level, later.</summary>
[Collection(ManualClockTests.Name)]
public sealed class ReceiptWaitTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task An_accepted_write_is_awaited_until_it_is_stored_and_the_flush_starts_at_once()
    {
        await using var harness = await CacheHarness.StartAsync(static options => options.Flush.Interval = TimeSpan.FromHours(1));
        var receipt = await harness.Cache.SetAsync("k", "v");

        var stored = await harness.Cache.WaitAsync("k", receipt, Durability.Stored).AsTask().WaitAsync(_patience);

        Assert.Equal(receipt with { Durability = Durability.Stored }, stored);
        Assert.Equal(receipt.Version, harness.Store.Rows["k"].Version);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task However_long_the_wait_may_be_it_ends_when_the_write_is_stored(bool isLocal)
    {
        await using var harness = await CacheHarness.StartAsync(decorate: inner => new FaultyTier(inner) { IsLocal = isLocal });
        var gate = new Gate();
        harness.Store.BeforeSave = _ => gate.PassAsync();
        var receipt = await harness.Cache.SetAsync("k", "v");

        Task<WriteReceipt>[] waits =
        [
            harness.Cache.WaitAsync("k", receipt, Durability.Stored, TimeSpan.MaxValue).AsTask(),
            harness.Cache.WaitAsync("k", receipt, Durability.Stored, TimeSpan.FromDays(60)).AsTask(),
        ];
        await gate.ArrivedAsync();
        await CacheHarness.SettleAsync();
        Assert.All(waits, static wait => Assert.False(wait.IsCompleted));
        gate.Open();

        await harness.AdvanceUntilAsync(() => Array.TrueForAll(waits, static wait => wait.IsCompleted), "the end of the waits");
        Assert.All(waits, static wait => Assert.Equal(Durability.Stored, wait.Result.Durability));
    }

    // Looks into a remote tier stand between and behind the waits, and a tier that hangs heeds no token.
    [Theory]
    [InlineData(Durability.Stored, nameof(ICacheTier.ReadAsync))]
    [InlineData(Durability.Replicated, nameof(ICacheTier.EnsureAsync))]
    public async Task It_ends_in_its_time_though_the_tier_hangs_while_it_lasts(Durability level, string hanging)
    {
        var hangs = false;
        var gate = new TaskCompletionSource();
        await using var harness = await CacheHarness.StartAsync(
            static options => options.Flush.Interval = TimeSpan.FromHours(1),
            decorate: inner => new FaultyTier(inner)
            {
                IsLocal = false,
                Ensures = static _ => ValueTask.CompletedTask,
                Before = called => hangs && called == hanging ? new(gate.Task) : ValueTask.CompletedTask,
            }
        );
        harness.Store.BeforeSave = static _ => throw new TimeoutException("the store is away");
        var receipt = await harness.Cache.SetAsync("k", "v");
        hangs = level == Durability.Replicated;
        var began = harness.Time.GetUtcNow();

        var waiting = harness.Cache.WaitAsync("k", receipt, level, TimeSpan.FromSeconds(2)).AsTask();
        await CacheHarness.SettleAsync();
        Assert.False(waiting.IsCompleted);
        hangs = true;
        await harness.AdvanceUntilAsync(
            () => waiting.IsCompleted || harness.Time.GetUtcNow() - began > TimeSpan.FromSeconds(3),
            "the end of the wait, or of its time"
        );

        Assert.True(waiting.IsCompleted);
        await Assert.ThrowsAsync<DurabilityNotReachedException>(() => waiting);
        gate.SetResult();
    }

    [Fact]
    public async Task What_is_logged_is_not_taken_for_replicated_nor_the_other_way_round()
    {
        var asked = new List<Durability>();
        await using var harness = await CacheHarness.StartAsync(
            static options => options.Flush.Interval = TimeSpan.FromHours(1),
            decorate: inner => new FaultyTier(inner)
            {
                Ensures = level =>
                {
                    asked.Add(level);
                    return ValueTask.CompletedTask;
                },
            }
        );

        var logged = await harness.Cache.SetAsync("k", "v", new WriteOptions { Durability = Durability.Logged });
        var replicated = await harness.Cache.WaitAsync("k", logged, Durability.Replicated);
        await harness.Cache.WaitAsync("k", replicated, Durability.Replicated);
        await harness.Cache.WaitAsync("k", replicated, Durability.Accepted);
        await harness.Cache.WaitAsync("k", replicated, Durability.Logged);

        Assert.Equal(Durability.Replicated, replicated.Durability);
        Assert.Equal([Durability.Logged, Durability.Replicated, Durability.Logged], asked);
    }

    [Fact]
    public async Task What_is_stored_already_is_not_waited_for()
    {
        await using var harness = await CacheHarness.StartAsync();
        var receipt = await harness.Cache.SetAsync("k", "v");
        await harness.Cache.Operations.FlushAsync();

        Assert.Equal(Durability.Stored, (await harness.Cache.WaitAsync("k", receipt, Durability.Stored)).Durability);
        await harness.Cache.InvalidateAsync(["k"]);
        Assert.Equal(Durability.Stored, (await harness.Cache.WaitAsync("k", receipt, Durability.Stored)).Durability);
    }

    [Fact]
    public async Task A_version_that_a_higher_one_superseded_is_stored_with_it()
    {
        await using var harness = await CacheHarness.StartAsync(static options => options.Flush.Interval = TimeSpan.FromHours(1));
        var older = await harness.Cache.SetAsync("k", "old");
        var newer = await harness.Cache.SetAsync("k", "new");

        Assert.Equal(older.Version, (await harness.Cache.WaitAsync("k", older, Durability.Stored).AsTask().WaitAsync(_patience)).Version);
        Assert.Equal(newer.Version, harness.Store.Rows["k"].Version);
    }

    [Fact]
    public async Task A_dead_letter_fails_who_waits_then_and_later_with_the_reason()
    {
        await using var harness = await CacheHarness.StartAsync(static options => options.Flush.StoredTimeout = TimeSpan.FromHours(1));
        harness.Store.BeforeSave = RefuseK;
        var receipt = await harness.Cache.SetAsync("k", "v");

        for (var i = 0; i < 2; i++)
        {
            var waiting = harness.Cache.WaitAsync("k", receipt, Durability.Stored).AsTask();
            await harness.AdvanceUntilAsync(() => waiting.IsCompleted, "the refusal");
            var exception = await Assert.ThrowsAsync<DurabilityNotReachedException>(() => waiting);
            Assert.Contains("too long", exception.Message, StringComparison.Ordinal);
            Assert.Equal((receipt.Version, true), (exception.Version, exception.IsAccepted));
        }
    }

    [Fact]
    public async Task A_write_that_was_lost_or_given_up_is_told_as_lost()
    {
        await using var harness = await CacheHarness.StartAsync();
        harness.Store.BeforeSave = RefuseK;
        var receipt = await harness.Cache.SetAsync("k", "v");
        var dropped = 0;
        await harness.AdvanceUntilAsync(
            () => (dropped += harness.Cache.Operations.DropDeadLettersAsync(["k"]).Result) > 0,
            "the dead letter"
        );

        var exception = await Assert.ThrowsAsync<DurabilityNotReachedException>(async () =>
            await harness.Cache.WaitAsync("k", receipt, Durability.Stored)
        );

        Assert.False(exception.IsAccepted);
        Assert.DoesNotContain("is accepted", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_older_clean_copy_does_not_stand_for_a_version_that_only_the_store_can_tell_of()
    {
        await using var harness = await CacheHarness.StartAsync();
        var receipt = await harness.Cache.SetAsync("k", "v");
        await harness.Cache.Operations.FlushAsync();
        // As after a fail-over to a tier that never got it.
        var later = receipt with { Version = receipt.Version + 1 };

        var exception = await Assert.ThrowsAsync<DurabilityNotReachedException>(async () =>
            await harness.Cache.WaitAsync("k", later, Durability.Stored)
        );

        Assert.Equal((later.Version, false), (exception.Version, exception.IsAccepted));
        harness.Store.Put("k", "w", later.Version);
        Assert.Equal(later.Version, (await harness.Cache.WaitAsync("k", later, Durability.Stored)).Version);
    }

    [Fact]
    public async Task A_wait_has_its_own_limit()
    {
        await using var harness = await CacheHarness.StartAsync();
        var gate = new Gate();
        harness.Store.BeforeSave = _ => gate.PassAsync();
        var receipt = await harness.Cache.SetAsync("k", "v");

        var waiting = harness.Cache.WaitAsync("k", receipt, Durability.Stored, TimeSpan.FromSeconds(3)).AsTask();
        await gate.ArrivedAsync();
        harness.Time.Advance(TimeSpan.FromSeconds(4));

        var exception = await Assert.ThrowsAsync<DurabilityNotReachedException>(() => waiting);
        Assert.Contains("within 3 s", exception.Message, StringComparison.Ordinal);
        gate.Open();
    }

    [Fact]
    public async Task An_accepted_write_is_awaited_until_it_is_logged()
    {
        var journal = new ScriptedJournal();
        await using var harness = await CacheHarness.StartAsync(journal: journal);
        var gate = new Gate();
        journal.BeforeCommit = _ => gate.PassAsync();
        var receipt = await harness.Cache.SetAsync("k", "v");
        await gate.ArrivedAsync();

        var waiting = harness.Cache.WaitAsync("k", receipt, Durability.Logged).AsTask();
        Assert.False(waiting.IsCompleted);
        gate.Open();

        Assert.Equal(Durability.Logged, (await waiting.WaitAsync(_patience)).Durability);
    }

    [Fact]
    public async Task A_level_that_was_reached_is_not_waited_for_and_one_that_cannot_be_had_is_refused()
    {
        await using var harness = await CacheHarness.StartAsync();
        var receipt = await harness.Cache.SetAsync("k", "v", new WriteOptions { Durability = Durability.Stored });

        Assert.Equal(receipt, await harness.Cache.WaitAsync("k", receipt, Durability.Accepted));
        await Assert.ThrowsAsync<DurabilityUnavailableException>(async () =>
            await harness.Cache.WaitAsync("k", receipt with { Durability = default }, Durability.Logged)
        );
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await harness.Cache.WaitAsync("k", default, Durability.Stored));
    }

    private static Task RefuseK(IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch) =>
        batch.Any(static write => write.Key == "k") ? throw new StoreException("too long", isTransient: false) : Task.CompletedTask;

    [Fact]
    public async Task A_write_that_was_accepted_and_can_not_be_looked_at_says_that_it_is_accepted()
    {
        FaultyTier? tier = null;
        await using var harness = await CacheHarness.StartAsync(decorate: inner => tier = new FaultyTier(inner));
        tier!.Before = static operation =>
            operation == nameof(ICacheTier.ReadAsync) ? throw new TierUnavailableException("away", mayHaveHappened: false) : default;

        var set = await Assert.ThrowsAsync<DurabilityNotReachedException>(async () =>
            await harness.Cache.SetAsync("k", "v", new() { Durability = Durability.Stored, IdempotencyKey = "1" })
        );
        var many = await harness.Cache.SetManyAsync(
            [KeyValuePair.Create("m", "v")],
            new() { Durability = Durability.Stored, IdempotencyKey = "2" }
        );
        await harness.Cache.SetAsync("n", "1");
        var merged = await Assert.ThrowsAsync<DurabilityNotReachedException>(async () =>
            await harness.Cache.IncrementAsync("n", 1, new() { Durability = Durability.Stored, IdempotencyKey = "3" })
        );

        Assert.All([set, (DurabilityNotReachedException)many[0].Error!, merged], static error => Assert.True(error.IsAccepted));
        await harness.Cache.Operations.FlushAsync();
        Assert.Equal(("v", "v", "2"), (harness.Store.Text("k"), harness.Store.Text("m"), harness.Store.Text("n")));
    }
}
