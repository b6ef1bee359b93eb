using System.Globalization;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.Redis.Tests.Tier;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>Workers that share a Redis whose clock stands still but for the test.</summary>
public sealed class WorkerSharingTests : WorkerSharing
{
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private RedisProcess _server = null!;
    private ExactClock _clock = null!;
    private TierBed _bed = null!;
    private ICacheTier _tier = null!;

    public override async ValueTask DisposeAsync()
    {
        await _bed.DisposeAsync();
        _clock.Dispose();
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task With_a_worker_of_a_version_that_does_not_tell_how_long_it_lives_all_share_from_the_first_moment()
    {
        await _tier.HeartbeatAsync("b", TimeSpan.FromMinutes(1), Cancelled);
        var ends = (_now.ToUnixTimeMilliseconds() + 60_000).ToString(CultureInfo.InvariantCulture);
        await _server.CliAsync("ZADD", $"rm:{{{_bed.Cache}}}:workers", ends, "a");

        var workers = await _tier.HeartbeatAsync("c", TimeSpan.FromMinutes(1), Cancelled);

        Assert.Equal(
            [("a", WorkerStanding.Untold), ("b", WorkerStanding.OnTrial), ("c", WorkerStanding.OnTrial)],
            workers.Select(static worker => (worker.Name, worker.Standing))
        );
    }

    [Fact]
    public async Task What_was_told_of_the_dead_is_forgotten()
    {
        await _tier.HeartbeatAsync("dead", TimeSpan.FromSeconds(1), Cancelled);
        await _tier.HeartbeatAsync("gone", TimeSpan.FromMinutes(1), Cancelled);
        await _tier.HeartbeatAsync("gone", TimeSpan.Zero, Cancelled);
        Advance(TimeSpan.FromSeconds(2));
        await _tier.HeartbeatAsync("a", TimeSpan.FromMinutes(1), Cancelled);

        foreach (var key in (string[])["workers", "beats", "trials"])
        {
            Assert.Equal("a", await _server.CliAsync("ZRANGE", $"rm:{{{_bed.Cache}}}:{key}", "0", "-1"));
        }
    }

    [Fact]
    public async Task A_trial_lasts_no_longer_where_the_clock_is_set_back()
    {
        await _tier.HeartbeatAsync("a", TimeSpan.FromSeconds(10), Cancelled);
        Advance(TimeSpan.FromHours(-1));
        for (var second = 0; second < 11; second++)
        {
            await _tier.HeartbeatAsync("a", TimeSpan.FromSeconds(10), Cancelled);
            Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(WorkerStanding.Settled, Assert.Single(await _tier.HeartbeatAsync("a", TimeSpan.FromSeconds(10), Cancelled)).Standing);
    }

    protected override void Advance(TimeSpan by) => _clock.Set(_now += by);

    private protected override async Task<ICacheTier> StartTierAsync()
    {
        (_server, _clock) = await RedisProcess.StartWithExactClockAsync(_now);
        _bed = new TierBed(_server.Address);
        return _tier = await _bed.StartAsync(static options => options.Partitions = 16);
    }
}
