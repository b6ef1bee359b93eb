using Remanso.Conformance.Tiers;
using Remanso.Stores;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>Writes that need what the key holds, while another process loads it.</summary>
[Collection(ManualClockTests.Name)]
public sealed class ResidentWaitTests
{
    private const long Other = 77;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_write_waits_for_anothers_load_for_as_long_as_a_load_may_take(bool isConditional)
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        harness.Store.Put("k", "5", 1);
        var lease = await tier.TryLeaseAsync("k", Other, CancellationToken.None);

        Task write = isConditional
            ? harness.Cache.SetAsync("k", "6", new WriteOptions { Condition = WriteCondition.IsVersion(1) }).AsTask()
            : harness.Cache.IncrementAsync("k", 1).AsTask();
        await WaitAsync(harness, TimeSpan.FromSeconds(20));
        Assert.False(write.IsCompleted);
        await tier.ReleaseLeaseAsync("k", lease, CancellationToken.None);
        await harness.AdvanceUntilAsync(() => write.IsCompleted, "the write");

        await write;
        Assert.Equal("6", (await harness.Cache.GetAsync("k")).Value);
        Assert.Equal(0, (await harness.Cache.Operations.GetStatisticsAsync()).Refused);
    }

    [Fact]
    public async Task A_load_that_does_not_end_is_what_the_write_fails_with()
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        await tier.TryLeaseAsync("user:42", Other, CancellationToken.None);

        var write = harness.Cache.IncrementAsync("user:42", 1).AsTask();
        await WaitAsync(harness, harness.Options.Load.Timeout);
        await harness.AdvanceUntilAsync(() => write.IsCompleted, "the end of the wait");

        var error = await Assert.ThrowsAsync<LoadAwaitedException>(() => write);
        Assert.Contains("Load:Timeout", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("user:42", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, (await harness.Cache.Operations.GetStatisticsAsync()).Refused);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_load_that_fails_under_a_write_leaves_the_key_to_others_and_its_repetition_backs_off(bool isConditional)
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        harness.Store.Put("k", "5", 1);
        harness.Store.OnLoad = static (_, _) => throw new StoreException("down", isTransient: true);

        await Assert.ThrowsAsync<StoreException>(WriteAsync);
        Assert.True(
            await tier.ReleaseLeaseAsync("k", await tier.TryLeaseAsync("k", Other, CancellationToken.None), CancellationToken.None)
        );

        var again = await Assert.ThrowsAsync<StoreException>(WriteAsync);
        Assert.Equal("down", again.Message);
        Assert.Single(harness.Store.Loads);
        Assert.Equal(1, (await harness.Cache.Operations.GetStatisticsAsync()).Loads.BackedOff);
        Assert.NotEqual(0, await tier.TryLeaseAsync("k", Other, CancellationToken.None));
        await tier.InvalidateAsync(["k"], CancellationToken.None);

        harness.Store.OnLoad = static (_, _) => Task.CompletedTask;
        harness.Time.Advance(harness.Options.Load.MaxBackoff);
        await WriteAsync();
        Assert.Equal("6", (await harness.Cache.GetAsync("k")).Value);

        Task WriteAsync() =>
            isConditional
                ? harness.Cache.SetAsync("k", "6", new WriteOptions { Condition = WriteCondition.IsVersion(1) }).AsTask()
                : harness.Cache.IncrementAsync("k", 1).AsTask();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_write_whose_copy_vanishes_waits_for_anothers_load_and_asks_no_loader_of_its_own(bool merges)
    {
        var loads = 0;
        var writes = 0;
        var lease = 0L;
        FaultyTier tier = null!;
        await using var harness = await CacheHarness.StartAsync(
            static options => options.Tier.FillLease = TimeSpan.FromMinutes(1),
            decorate: inner => tier = new FaultyTier(inner),
            declare: cache =>
                cache.UseLoader(
                    (_, _, _) =>
                    {
                        loads++;
                        return ValueTask.FromResult<string?>("1");
                    }
                )
        );
        // The first copies are gone by the time of the write, as about their expiry; then another process loads the key.
        tier.Before = operation =>
            operation == nameof(ICacheTier.WriteAsync) && ++writes <= 2 ? tier.InvalidateAsync(["k"], default) : default;
        tier.After = async operation =>
        {
            if (operation == nameof(ICacheTier.WriteAsync) && writes <= 2)
            {
                lease = await tier.TryLeaseAsync("k", Other, CancellationToken.None);
                if (writes == 1)
                {
                    await FillAsync();
                }
            }
        };

        Task write = merges
            ? harness.Cache.IncrementAsync("k", 1).AsTask()
            : harness.Cache.SetAsync("k", "6", new WriteOptions { Condition = WriteCondition.Present }).AsTask();
        await WaitAsync(harness, TimeSpan.FromSeconds(5));
        Assert.False(write.IsCompleted);
        Assert.Equal((2, 0), (writes, loads));
        await FillAsync();
        await harness.AdvanceUntilAsync(() => write.IsCompleted, "the write");

        await write;
        Assert.Equal("6", (await harness.Cache.GetAsync("k")).Value);
        Assert.Equal((3, 0), (writes, loads));

        async Task FillAsync() =>
            await tier.FillAsync(
                [
                    new FillRequest
                    {
                        Key = "k",
                        Lease = lease,
                        Value = "5"u8.ToArray(),
                        Version = FillRequest.IssueVersion,
                        Ttl = TimeSpan.FromMinutes(1),
                    },
                ],
                CancellationToken.None
            );
    }

    [Fact]
    public async Task A_copy_that_was_loaded_for_a_condition_knows_how_long_that_took()
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        harness.Store.Put("k", "5", 1);
        harness.Store.OnLoad = (_, _) =>
        {
            harness.Time.Advance(TimeSpan.FromMilliseconds(100));
            return Task.CompletedTask;
        };

        await Assert.ThrowsAsync<VersionConflictException>(() =>
            harness.Cache.SetAsync("k", "6", new WriteOptions { Condition = WriteCondition.IsVersion(9) }).AsTask()
        );

        Assert.Equal(100_000, (await tier.ReadAsync("k", holder: 0, CancellationToken.None)).Entry!.LoadMicros);
    }

    [Fact]
    public async Task A_write_whose_caller_leaves_leaves_its_lease_to_others()
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        using var caller = new CancellationTokenSource();
        harness.Store.OnLoad = static (_, token) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);

        var write = harness.Cache.IncrementAsync("k", 1, options: null, caller.Token).AsTask();
        await CacheHarness.SettleAsync();
        Assert.Equal(0, await tier.TryLeaseAsync("k", Other, CancellationToken.None));
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
        Assert.NotEqual(0, await tier.TryLeaseAsync("k", Other, CancellationToken.None));
    }

    [Fact]
    public async Task A_write_whose_caller_leaves_does_not_take_the_lease_from_a_load_that_goes_on_under_it()
    {
        var (harness, tier) = await StartAsync();
        await using var running = harness;
        harness.Store.Put("k", "5", 1);
        using var caller = new CancellationTokenSource();
        var gate = new TaskCompletionSource();
        harness.Store.OnLoad = (_, token) => gate.Task.WaitAsync(token);

        var read = harness.Cache.GetAsync("k").AsTask();
        var write = harness.Cache.IncrementAsync("k", 1, options: null, caller.Token).AsTask();
        await CacheHarness.SettleAsync();
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => write);
        Assert.Equal(0, await tier.TryLeaseAsync("k", Other, CancellationToken.None));
        gate.SetResult();

        Assert.Equal("5", (await read).Value);
        Assert.Equal(2, harness.Store.Loads.Count);
        Assert.Equal("5", (await harness.Cache.GetAsync("k", ReadFrom.Tier)).Value);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_fill_that_is_given_up_leaves_its_lease_to_others(bool isForWrite)
    {
        FaultyTier tier = null!;
        await using var harness = await CacheHarness.StartAsync(
            static options => options.Tier.FillLease = TimeSpan.FromMinutes(1),
            decorate: inner => tier = new FaultyTier(inner)
        );
        tier.Before = static operation =>
            operation == nameof(ICacheTier.FillAsync) ? throw new OperationCanceledException() : ValueTask.CompletedTask;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            isForWrite ? harness.Cache.IncrementAsync("k", 1).AsTask() : harness.Cache.GetAsync("k").AsTask()
        );

        Assert.NotEqual(0, await tier.TryLeaseAsync("k", Other, CancellationToken.None));
    }

    [Fact]
    public async Task A_look_that_is_given_up_behind_its_lease_leaves_it_to_others()
    {
        FaultyTier tier = null!;
        await using var harness = await CacheHarness.StartAsync(
            static options => options.Tier.FillLease = TimeSpan.FromMinutes(1),
            decorate: inner => tier = new FaultyTier(inner)
        );
        tier.Before = static operation =>
            operation == nameof(ICacheTier.ReadAsync) ? throw new OperationCanceledException() : ValueTask.CompletedTask;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() =>
            harness.Cache.GetAsync("k", new ReadOptions { Skips = ReadSkip.TierRead }).AsTask()
        );

        Assert.NotEqual(0, await tier.TryLeaseAsync("k", Other, CancellationToken.None));
    }

    private static async Task WaitAsync(CacheHarness harness, TimeSpan time)
    {
        for (var passed = TimeSpan.Zero; passed < time; passed += TimeSpan.FromMilliseconds(100))
        {
            harness.Time.Advance(TimeSpan.FromMilliseconds(100));
            await CacheHarness.SettleAsync();
        }
    }

    private static async Task<(CacheHarness Harness, ICacheTier Tier)> StartAsync()
    {
        ICacheTier tier = null!;
        var harness = await CacheHarness.StartAsync(
            static options => options.Tier.FillLease = TimeSpan.FromMinutes(1),
            decorate: inner => tier = inner
        );
        return (harness, tier);
    }
}
