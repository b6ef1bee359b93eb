using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Servers;
using Remanso.Redis.Tests.Tier;
using Remanso.Redis.Watch;
using Remanso.Testing;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>A logged write is confirmed by settings that are as new as it is. The clock stands still here, so that what was
/// read never grows old by itself.</summary>
public sealed class LoggedTests : IAsyncDisposable
{
    private static readonly string[] _always = ["--appendonly", "yes", "--appendfsync", "always"];
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly ManualTimeProvider _time = new();
    private RedisConnection? _connection;
    private RedisTier? _tier;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private RedisTier Tier => _tier!;

    public async ValueTask DisposeAsync()
    {
        if (_tier is not null)
        {
            await _tier.DisposeAsync();
            await _connection!.DisposeAsync();
        }
    }

    [Fact]
    public async Task After_a_quiet_time_the_first_write_is_judged_by_the_settings_of_now()
    {
        await using var server = await RedisProcess.StartAsync(_always);
        await StartAsync(server.Address);
        await AssertLoggedAsync();
        await server.CliAsync("CONFIG", "SET", "appendfsync", "everysec");
        _time.Advance(PersistenceWatch.MostAge + TimeSpan.FromTicks(1));

        var version = await Tier.WriteAsync("k", "v");
        await AssertNotLoggedAsync(version);

        Assert.Contains("it needs appendfsync always", Tier.WhyNot(Durability.Logged), StringComparison.Ordinal);

        // And back, without a write in between.
        await server.CliAsync("CONFIG", "SET", "appendfsync", "always");
        _time.Advance(PersistenceWatch.MostAge + TimeSpan.FromTicks(1));
        await Until.TrueAsync(() => Tier.WhyNot(Durability.Logged) is null, "the settings are read again in the background");
        await AssertLoggedAsync();
    }

    [Fact]
    public async Task Writes_that_wait_share_a_question_and_those_soon_after_ask_none()
    {
        await using var server = await RedisProcess.StartAsync(_always);
        await StartAsync(server.Address);
        _time.Advance(TimeSpan.FromHours(1));
        var before = await AskedAsync(server);

        await Task.WhenAll(Enumerable.Range(0, 256).Select(_ => Task.Run(AssertLoggedAsync)));

        var after = await AskedAsync(server);
        Assert.InRange(after - before, 1, 64);

        _time.Advance(PersistenceWatch.MostAge);
        await Task.WhenAll(Enumerable.Range(0, 256).Select(_ => Task.Run(AssertLoggedAsync)));
        Assert.Equal(after, await AskedAsync(server));
    }

    [Fact]
    public async Task A_replica_that_takes_over_is_asked_before_its_first_write_is_confirmed()
    {
        await using var pair = await RedisPair.StartAsync(_always, ["--appendonly", "yes", "--appendfsync", "everysec"]);
        await StartAsync(RedisProcess.AddressOf(pair.Master, pair.Replica));
        await AssertLoggedAsync();

        pair.Master.Kill();
        await pair.PromoteAsync();

        await AssertNotLoggedAsync(await WriteUntilDoneAsync());
    }

    [Fact]
    public async Task A_new_connection_may_lead_to_other_settings()
    {
        await using var server = await RedisProcess.StartAsync(_always);
        await StartAsync(server.Address);
        await AssertLoggedAsync();
        await server.CliAsync("CONFIG", "SET", "appendfsync", "everysec");
        await server.CliAsync("CLIENT", "KILL", "TYPE", "normal");

        await AssertNotLoggedAsync(await WriteUntilDoneAsync());
    }

    [Fact]
    public async Task Who_does_not_tell_confirms_nothing()
    {
        await using var server = await RedisProcess.StartAsync(_always);
        await StartAsync(server.Address);
        var version = await Tier.WriteAsync("k", "v");
        _time.Advance(TimeSpan.FromHours(1));
        server.Kill();

        var told = await Assert.ThrowsAsync<DurabilityNotReachedException>(async () =>
            await Tier.EnsureAsync("k", version, Durability.Logged, _patience, Cancelled)
        );

        Assert.True(told.IsAccepted);
        Assert.Contains("did not say how it persists", told.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", told.Message, StringComparison.Ordinal);
    }

    private static async Task<int> AskedAsync(RedisProcess server)
    {
        var line = (await server.CliAsync("INFO", "commandstats"))
            .Split('\n')
            .SingleOrDefault(static line => line.StartsWith("cmdstat_config|get:", StringComparison.Ordinal));
        return line is null ? 0 : int.Parse(line.Split("calls=")[1].Split(',')[0], CultureInfo.InvariantCulture);
    }

    private async Task StartAsync(string address)
    {
        var options = RedisOptions.Parse(address);
        options.Timings.CommandTimeout = options.Timings.ConnectTimeout = TimeSpan.FromSeconds(5);
        _connection = new RedisConnection("rm", _time, NullLogger.Instance, gate => new RedisClient(options, TimeProvider.System, gate));
        _tier = new RedisTier(TierServer.NewCache(), new TierOptions { Partitions = 4 }, _connection);
        await _tier.InitializeAsync(Cancelled);
    }

    private async Task AssertLoggedAsync()
    {
        Assert.Null(Tier.WhyNot(Durability.Logged));
        var version = await Tier.WriteAsync("k", "v");
        await Tier.EnsureAsync("k", version, Durability.Logged, _patience, Cancelled);
    }

    private async Task AssertNotLoggedAsync(long version)
    {
        var told = await Assert.ThrowsAsync<DurabilityNotReachedException>(async () =>
            await Tier.EnsureAsync("k", version, Durability.Logged, _patience, Cancelled)
        );
        Assert.Equal((version, Durability.Logged, true), (told.Version, told.Asked, told.IsAccepted));
        Assert.Contains("it needs appendfsync always", told.Message, StringComparison.Ordinal);
    }

    private async Task<long> WriteUntilDoneAsync()
    {
        var version = 0L;
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    version = await Tier.WriteAsync("k", "after");
                    return true;
                }
                catch (TierUnavailableException)
                {
                    return false;
                }
            },
            "it is written again"
        );
        return version;
    }
}
