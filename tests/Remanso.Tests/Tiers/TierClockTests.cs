using Remanso.Conformance.Support;
using Remanso.Entries;
using Remanso.Testing;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Tests.Tiers;

public sealed class TierClockTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void It_starts_at_the_wall_clock_and_moves_with_time()
    {
        var clock = new TierClock(_time);
        Assert.Equal(WallMicros(), clock.Now);
        _time.Advance(TimeSpan.FromMicroseconds(1234));
        Assert.Equal(WallMicros(), clock.Now);
        Assert.Equal(clock.Now, clock.CoarseNow);
    }

    [Fact]
    public void It_never_follows_the_wall_clock_back()
    {
        var clock = new TierClock(_time);
        var before = clock.Now;
        _time.ShiftWallClock(TimeSpan.FromHours(-1));
        clock.CatchUp();
        Assert.Equal(before, clock.Now);
    }

    [Fact]
    public void It_catches_up_after_a_suspend_once_asked_to()
    {
        var clock = new TierClock(_time);
        var before = clock.Now;
        _time.ShiftWallClock(TimeSpan.FromSeconds(5));
        Assert.Equal(before, clock.Now);
        clock.CatchUp();
        Assert.Equal(WallMicros(), clock.Now);
    }

    [Fact]
    public async Task A_wall_clock_that_was_ahead_for_a_while_is_told_once_and_warned_of()
    {
        using var log = new RecordingLog();
        var tier = new MemoryTier("c", new TierOptions(), _time) { Logger = log };
        await BeatAsync();
        Assert.Null(tier.Warning);

        _time.ShiftWallClock(TimeSpan.FromDays(2));
        await BeatAsync();
        Assert.Null(tier.Warning);
        Assert.Empty(log.Lines);
        _time.ShiftWallClock(TimeSpan.FromDays(-2));
        await BeatAsync();
        await BeatAsync();

        Assert.Contains("2.00:00:00 behind", tier.Warning, StringComparison.Ordinal);
        Assert.Contains("2.00:00:00 behind", Assert.Single(log.Lines), StringComparison.Ordinal);
        _time.ShiftWallClock(TimeSpan.FromDays(2));
        await BeatAsync();
        Assert.Null(tier.Warning);
        _time.ShiftWallClock(TimeSpan.FromSeconds(-30));
        await BeatAsync();
        Assert.Null(tier.Warning);
        Assert.Single(log.Lines);

        Task BeatAsync() => tier.HeartbeatAsync("w", TimeSpan.FromSeconds(10), CancellationToken.None).AsTask();
    }

    [Fact]
    public async Task Many_caches_tell_of_it_once()
    {
        using var log = new RecordingLog();
        await using var provider = new MemoryTierProvider(_time);
        List<MemoryTier> tiers = [.. Enumerable.Range(0, 100).Select(i => Make($"c{i}"))];
        for (var round = 1; round <= 2; round++)
        {
            _time.ShiftWallClock(TimeSpan.FromHours(-1));
            // Its clock begins behind the others'.
            tiers.Add(Make($"later{round}"));
            await BeatAsync();
            await BeatAsync();
            Assert.Equal(round, log.Lines.Count);
            Assert.All(tiers[..100], static tier => Assert.NotNull(tier.Warning));
            Assert.Null(tiers[^1].Warning);

            _time.ShiftWallClock(TimeSpan.FromHours(1));
            await BeatAsync();
            Assert.All(tiers, static tier => Assert.Null(tier.Warning));
        }

        MemoryTier Make(string cache)
        {
            var tier = (MemoryTier)provider.Create(cache, new TierOptions());
            tier.Logger = log;
            return tier;
        }

        async Task BeatAsync()
        {
            foreach (var tier in tiers)
            {
                await tier.HeartbeatAsync("w", TimeSpan.FromSeconds(10), CancellationToken.None);
            }
        }
    }

    [Fact]
    public void It_leaves_small_differences_alone()
    {
        var clock = new TierClock(_time);
        var before = clock.Now;
        _time.ShiftWallClock(TimeSpan.FromMilliseconds(100));
        clock.CatchUp();
        Assert.Equal(before, clock.Now);
    }

    [Fact]
    public void The_coarse_clock_of_the_system_is_close_to_the_precise_one()
    {
        var clock = new TierClock(TimeProvider.System);
        Assert.InRange(clock.CoarseNow - clock.Now, -1_000_000, 1_000_000);
    }

    [Fact]
    public void Durations_past_all_time_are_never()
    {
        Assert.Equal(15, TierClock.After(10, TimeSpan.FromMicroseconds(5)));
        Assert.Equal(CacheEntry.Never, TierClock.After(CacheEntry.Never - 5, TimeSpan.FromMicroseconds(5)));
        Assert.Equal(CacheEntry.Never, TierClock.After(CacheEntry.Never, TimeSpan.MaxValue));
    }

    private long WallMicros() => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
