using System.Globalization;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Tests.Servers;
using Remanso.Redis.Tests.Tier;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>The clock of the server is moved while it runs.</summary>
public sealed class MovedClockTests : IAsyncLifetime
{
    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan _lease = TimeSpan.FromSeconds(2);

    private RedisProcess _server = null!;
    private TierBed _bed = null!;
    private ICacheTier _tier = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisProcess.StartWithClockAsync();
        _bed = new TierBed(_server.Address);
        _tier = await _bed.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _bed.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(30)]
    [InlineData(120)]
    [InlineData(3600)]
    public async Task A_key_that_is_gone_gets_a_version_above_the_one_that_was_stored_though_the_clock_was_set_back(int seconds)
    {
        var first = await _tier.WriteAsync("k", "v");
        // Written again while it is queued: no marker has that time.
        var stored = await _tier.WriteAsync("k", "w");
        Assert.True(stored > first);
        await _tier.FlushAsync();
        await _tier.InvalidateAsync("k");
        _server.MoveClock(TimeSpan.FromSeconds(-seconds));
        Assert.True(await _tier.WriteAsync("k", "x") > stored);
    }

    [Fact]
    public async Task A_key_that_is_gone_gets_a_version_above_the_one_that_was_loaded_though_the_clock_was_set_back()
    {
        var row = await _tier.WriteAsync("other", "v") + 1000;
        await _tier.FillAsync("k", "v", row);
        await _tier.InvalidateAsync("k");
        _server.MoveClock(-_hour);
        Assert.True(await _tier.WriteAsync("k", "x") > row);
    }

    [Fact]
    public async Task What_is_settled_is_fresh_by_the_servers_clock_though_that_has_stepped_since_the_worker_asked()
    {
        await _tier.WriteAsync("k", "v");
        var taken = Assert.Single(await _tier.TakeAsync(await _tier.AcquireAllAsync("worker", _hour)));
        _server.MoveClock(TimeSpan.FromMinutes(10));
        Assert.Equal(SettleResult.Settled, await _tier.SettleAsync(taken.Stored()));
        var header = await _server.CliAsync(
            "EVAL",
            "return struct.unpack('<d', redis.call('GETRANGE', KEYS[1], 24, 31))",
            "1",
            _bed.EntryOf("k")
        );
        var now = long.Parse((await _server.CliAsync("TIME")).Split('\n')[0], CultureInfo.InvariantCulture);
        Assert.InRange(long.Parse(header, CultureInfo.InvariantCulture) / 1_000_000 - now, 3400, 3600);
    }

    [Fact]
    public async Task Copies_that_would_live_on_past_their_time_go_when_the_clock_is_set_back()
    {
        await _tier.FillAsync("k", "v", 42);
        // It has to have been seen before.
        await _server.LookedAtAsync();
        _server.MoveClock(-_hour);
        await Until.TrueAsync(async () => (await _tier.ReadAsync("k")).Outcome == TierReadOutcome.Miss, "the copy is void");
    }

    [Fact]
    public async Task Leases_and_beats_of_a_worker_that_died_while_the_clock_was_ahead_end_in_their_time()
    {
        _server.MoveClock(_hour);
        await _tier.HeartbeatAsync("dead", _lease, Cancelled);
        Assert.Equal(_tier.Partitions, (await _tier.AcquireAllAsync("dead", _lease)).Count);
        _server.MoveClock(TimeSpan.Zero);

        var began = TimeProvider.System.GetTimestamp();
        await Until.TrueAsync(async () => (await _tier.AcquireAllAsync("next", _lease)).Count == _tier.Partitions, "the leases are over");
        await Until.TrueAsync(
            async () => await _tier.HeartbeatAsync("next", _lease, Cancelled) is [{ Name: "next" }],
            "the dead worker counts no more"
        );
        Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_fill_lease_that_was_given_while_the_clock_was_ahead_holds_nobody_up()
    {
        _server.MoveClock(_hour);
        await _tier.LeaseAsync("k", holder: 1);
        _server.MoveClock(TimeSpan.Zero);
        Assert.NotEqual(0, (await _tier.ReadAsync("k", 2, Cancelled)).Lease);
    }

    [Fact]
    public async Task A_worker_that_lives_through_a_step_of_the_clock_keeps_its_partitions()
    {
        foreach (var step in new[] { _hour, TimeSpan.Zero, -_hour, TimeSpan.Zero })
        {
            await _tier.WriteAsync("k", $"{step}");
            _server.MoveClock(step);
            Assert.Equal(_tier.Partitions, (await _tier.AcquireAllAsync("worker", _lease)).Count);
            Assert.Single(await _tier.TakeAsync(await _tier.AcquireAllAsync("worker", _lease)));
            await _tier.FlushAsync();
        }
    }

    [Fact]
    public async Task Removals_are_forgotten_when_nothing_older_can_be_served()
    {
        var lease = await _tier.LeaseAsync("k");
        Assert.True(
            (
                await _tier.FillAsync(
                    new FillRequest
                    {
                        Key = "k",
                        Lease = lease,
                        Value = TierSteps.Bytes("v"),
                        Version = 42,
                        Tags = ["red"],
                        Ttl = _hour,
                    }
                )
            ).Filled
        );
        var partition = Partition.Of("k", _tier.Partitions);
        for (var i = 0; i < 20; i++)
        {
            await _tier.RemoveByTagAsync([$"tag:{i}"], Cancelled);
        }

        _server.MoveClock(TimeSpan.FromMinutes(40));
        await _tier.RemoveByTagAsync(["middle"], Cancelled);
        Assert.Equal(21, await RemembersAsync());

        _server.MoveClock(TimeSpan.FromMinutes(80));
        await _tier.RemoveByTagAsync(["last"], Cancelled);
        Assert.Equal(2, await RemembersAsync());

        _server.MoveClock(TimeSpan.FromMinutes(200));
        Assert.Equal(0, await RemembersAsync());

        async Task<int> RemembersAsync() =>
            int.Parse(await _server.CliAsync("ZCARD", _bed.Name(partition, "t")), CultureInfo.InvariantCulture);
    }
}
