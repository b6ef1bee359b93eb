using Remanso.Conformance.Tiers;
using Remanso.Testing;
using Remanso.Tests.Support;
using Remanso.Tiers;
using Remanso.WriteBehind;
using Xunit;

namespace Remanso.Tests.WriteBehind;

/// <summary>What a writer hears who waits for the store; and on a tier whose signals may be lost, how it looks by itself.</summary>
[Collection(ManualClockTests.Name)]
public sealed class StoredWaitersTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _hang = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task What_the_look_after_the_time_finds_to_be_stored_is_the_answer()
    {
        var time = new ManualTimeProvider();
        var tier = new FaultyTier(new MemoryTier("c", new TierOptions(), time)) { IsLocal = false };
        var waiters = new StoredWaiters(tier, new(LoadLateAsync, keepsDeletes: true, new PurgeOptions(), tier), time);
        using var waiter = waiters.Register("k");

        var wait = waiter.WaitAsync(7, TimeSpan.FromMilliseconds(1), CancellationToken.None).AsTask();
        time.Advance(TimeSpan.FromMilliseconds(2));

        Assert.Null(await wait.WaitAsync(TimeSpan.FromSeconds(60)));

        async ValueTask<long?> LoadLateAsync(string key, CancellationToken cancellationToken)
        {
            await Task.Yield();
            time.Advance(TimeSpan.FromSeconds(1));
            return 7;
        }
    }

    [Fact]
    public async Task What_is_stored_before_its_writer_knows_the_version_is_heard()
    {
        var waiters = OnLocalTier();
        using var waiter = waiters.Register("k");

        waiters.OnStored("k", 7);

        Assert.Null(await waiter.WaitAsync(7, _patience, CancellationToken.None).AsTask().WaitAsync(_hang));
    }

    [Fact]
    public async Task An_earlier_version_that_is_stored_ends_no_wait()
    {
        var waiters = OnLocalTier();
        using var waiter = waiters.Register("k");
        var wait = waiter.WaitAsync(7, _patience, CancellationToken.None).AsTask();

        waiters.OnStored("k", 6);
        await CacheHarness.SettleAsync();
        Assert.False(wait.IsCompleted);

        waiters.OnStored("k", 7);
        Assert.Null(await wait.WaitAsync(_hang));
    }

    [Fact]
    public async Task One_who_leaves_takes_nobody_along()
    {
        var waiters = OnLocalTier();
        var impatient = waiters.Register("k");
        using var other = waiters.Register("k");
        impatient.Dispose();

        waiters.OnStored("k", 7);

        Assert.Null(await other.WaitAsync(7, _patience, CancellationToken.None).AsTask().WaitAsync(_hang));
    }

    [Fact]
    public async Task What_the_store_refuses_is_told_with_its_reason()
    {
        var waiters = OnLocalTier();
        using var waiter = waiters.Register("k");
        var wait = waiter.WaitAsync(7, _patience, CancellationToken.None).AsTask();

        waiters.OnDeadLettered("k", 7, "too long");

        Assert.Equal("too long", await wait.WaitAsync(_hang));
    }

    [Fact]
    public async Task A_flush_that_is_over_before_the_write_returns_is_heard()
    {
        FaultyTier? tier = null;
        await using var harness = await CacheHarness.StartAsync(decorate: inner => tier = new FaultyTier(inner));
        tier!.After = async operation =>
        {
            if (operation == nameof(ICacheTier.WriteAsync))
            {
                // Who flushes hears of the write before its writer does.
                await harness.Cache.Operations.FlushAsync();
            }
        };

        var write = harness.Cache.SetAsync("k", "v", new WriteOptions { Durability = Durability.Stored }).AsTask();
        await harness.AdvanceUntilAsync(() => write.IsCompleted, "the write");

        Assert.Equal(Durability.Stored, (await write).Durability);
    }

    [Fact]
    public async Task A_wish_for_a_flush_that_nobody_heard_is_made_again_once_a_second_however_many_wait()
    {
        var time = new ManualTimeProvider();
        var inner = new MemoryTier("c", new TierOptions(), time);
        var tier = new FaultyTier(inner) { IsLocal = false };
        var observer = new RecordingObserver();
        using var hearing = inner.Subscribe(observer);
        var waiters = new StoredWaiters(tier, new(static (_, _) => new((long?)null), keepsDeletes: true, new PurgeOptions(), tier), time);
        var written = await inner.WriteAsync(new TierWrite { Key = "k" }, CancellationToken.None);
        var all = Enumerable.Range(0, 100).Select(_ => waiters.Register("k")).ToArray();
        Assert.Equal(0, Wishes());

        var waits = all.Select(waiter => waiter.WaitAsync(written.Version, TimeSpan.FromSeconds(30), CancellationToken.None).AsTask())
            .ToArray();
        for (var second = 1; second <= 3; second++)
        {
            for (var look = 0; look < 5; look++)
            {
                time.Advance(TimeSpan.FromMilliseconds(200));
                await CacheHarness.SettleAsync();
            }

            Assert.Equal(second, Wishes());
        }

        waiters.OnStored("k", written.Version);
        Assert.All(await Task.WhenAll(waits).WaitAsync(_hang), Assert.Null);

        int Wishes() => observer.Heard.Count(static heard => heard == "flush wanted at once");
    }

    // Its clock stands still: nothing here ends by time.
    private static StoredWaiters OnLocalTier()
    {
        var time = new ManualTimeProvider();
        var tier = new MemoryTier("c", new TierOptions(), time);
        return new(tier, new(static (_, _) => new((long?)null), keepsDeletes: true, new PurgeOptions(), tier), time);
    }
}
