using Remanso.Conformance.Tiers;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Resp;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>A cluster whose nodes announce a host that nobody reaches from here, as behind a NAT.</summary>
public sealed class AnnouncedClusterTests : IAsyncLifetime
{
    private const string Nowhere = "node.invalid";

    private readonly RedisCluster _cluster = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _cluster.InitializeAsync();
        foreach (var server in _cluster.Servers)
        {
            await server.CliAsync("CONFIG", "SET", "cluster-announce-hostname", Nowhere);
            await server.CliAsync("CONFIG", "SET", "cluster-preferred-endpoint-type", "hostname");
        }
        await Until.TrueAsync(
            async () =>
            {
                foreach (var server in _cluster.Servers)
                {
                    if ((await server.CliAsync("cluster", "slots")).Split(Nowhere).Length - 1 < _cluster.Servers.Count)
                    {
                        return false;
                    }
                }
                return true;
            },
            "all nodes announce the host"
        );
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task It_is_reached_at_the_host_of_the_contact_point_and_through_a_fail_over()
    {
        // One contact point: the other nodes are known by what is announced alone.
        await using var bed = new TierBed(RedisProcess.AddressOf(_cluster.Servers[0]) + "?addresses=contact", isPatient: false);
        var tier = await WriteAsync(bed);

        var old = await _cluster.MasterOfAsync(HashSlot.Of(bed.Name(0, "q")));
        var replica = await _cluster.ReplicaOfAsync(old);
        await replica.CliAsync("cluster", "failover");
        await Until.TrueAsync(
            async () => (await replica.CliAsync("role")).StartsWith("master", StringComparison.Ordinal),
            "the replica is the master"
        );
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    return (await tier.WriteAllAsync(Writes(), Cancelled)).All(static it => it.Outcome == TierWriteOutcome.Accepted);
                }
                catch (TierUnavailableException)
                {
                    return false;
                }
            },
            "writes go on at the new master"
        );
    }

    [Fact]
    public async Task It_is_reached_where_a_map_says()
    {
        var options = RedisOptions.Parse(_cluster.Address);
        options.MapAnnounced = static at => at.Host == Nowhere ? new("127.0.0.1", at.Port) : at;
        await using var provider = new RedisTierProvider(options);
        await using var tier = provider.Create(TierServer.NewCache(), new TierOptions { Partitions = 16 });
        await tier.InitializeAsync(Cancelled);
        Assert.All(await tier.WriteAllAsync(Writes(), Cancelled), static result => Assert.Equal(TierWriteOutcome.Accepted, result.Outcome));
    }

    [Fact]
    public async Task Without_either_the_host_that_nobody_reaches_is_told()
    {
        await using var client = TestClient.Create(_cluster.Address, static options =>
            options.Timings.ConnectTimeout = TimeSpan.FromSeconds(2)
        );
        var error = await Assert.ThrowsAnyAsync<RedisException>(() => client.ConnectAsync(Cancelled));
        Assert.Contains(Nowhere, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Contact_points_on_several_hosts_need_a_map()
    {
        var options = RedisOptions.Parse("redis://one,two?addresses=contact");
        Assert.Equal("AnnouncedHosts", Assert.Throws<ArgumentException>(options.Validate).ParamName);
        Assert.Equal("redis://one:6379,two:6379?addresses=contact", options.ToString());
        Assert.Throws<FormatException>(() => RedisOptions.Parse("redis://one?addresses=all"));
    }

    private static TierWrite[] Writes() => [.. Enumerable.Range(0, 200).Select(i => TierBed.Write($"key:{i}", $"{i}"))];

    private static async Task<ICacheTier> WriteAsync(TierBed bed)
    {
        var tier = await bed.StartAsync(static options => options.Partitions = 16);
        Assert.All(await tier.WriteAllAsync(Writes(), Cancelled), static result => Assert.Equal(TierWriteOutcome.Accepted, result.Outcome));
        return tier;
    }
}
