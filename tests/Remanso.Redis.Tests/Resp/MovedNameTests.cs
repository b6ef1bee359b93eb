using System.Net;
using Remanso.Redis.Resp;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

/// <summary>A name that stands for another server after a fail-over, while the former master lives on as a replica and
/// names its master by an address of another network.</summary>
public sealed class MovedNameTests
{
    private const string Name = "redis.test";

    private static readonly IPAddress _old = IPAddress.Parse("127.0.0.1");
    private static readonly IPAddress _new = IPAddress.Parse("127.0.0.2");

    private IPAddress[] _addresses = [_old];

    [Fact]
    public async Task A_write_refused_as_READONLY_goes_where_the_name_has_moved()
    {
        await using var former = await RedisProcess.StartAsync();
        await using var other = await StartOtherAsync(former.Port);
        await using var client = await ConnectAsync(former.Port);
        Assert.True(await client.DoAsync("SET", "k", "old"));

        await DemoteAsync(former);
        var write = client.DoAsync("SET", "k", "new");
        _addresses = [_new];

        Assert.True(await write);
        Assert.Equal("new", await OtherAsync(former.Port, "GET", "k"));
        Assert.Equal("old", await former.CliAsync("GET", "k"));
    }

    [Fact]
    public async Task A_replica_among_the_addresses_of_a_name_gives_way_to_the_master_behind_it()
    {
        await using var replica = await RedisProcess.StartAsync();
        await using var master = await StartOtherAsync(replica.Port);
        await DemoteAsync(replica);
        _addresses = [_old, _new];

        await using var client = await ConnectAsync(replica.Port);

        Assert.True(await client.DoAsync("SET", "k", "v"));
        Assert.Equal("v", await OtherAsync(replica.Port, "GET", "k"));
    }

    [Fact]
    public async Task Waits_and_subscriptions_find_the_master_among_the_addresses_of_a_name_too()
    {
        await using var replica = await RedisProcess.StartAsync();
        await using var master = await StartOtherAsync(replica.Port);
        await DemoteAsync(replica);
        _addresses = [_old, _new];
        await using var client = await ConnectAsync(replica.Port);
        var subscriber = new RecordingSubscriber();
        var cancellation = TestContext.Current.CancellationToken;

        await using var subscription = await client.SubscribeAsync(RedisChannel.Literal("ch"), subscriber, cancellation);
        await OtherAsync(replica.Port, "PUBLISH", "ch", "told");
        var written = await client.SetAndWaitAsync("k", "v");

        Assert.Equal("ch=told", await subscriber.NextAsync());
        Assert.True(written.Reply);
        Assert.Null(written.Failure);
    }

    [Fact]
    public async Task A_replica_whose_master_is_nowhere_is_told_with_both_addresses()
    {
        await using var replica = await RedisProcess.StartAsync();
        var nowhere = await DemoteAsync(replica);
        await using var client = TestClient.Create(replica.AdminAddress, static options =>
            options.Timings.ConnectTimeout = TimeSpan.FromSeconds(1)
        );

        var error = await Assert.ThrowsAsync<RedisConnectionException>(() => client.ConnectAsync(TestContext.Current.CancellationToken));

        Assert.Contains($"Redis at 127.0.0.1:{replica.Port} is a replica of 127.0.0.1:{nowhere}", error.Message, StringComparison.Ordinal);
        Assert.Equal("Redis has no master that can be reached.", error.Reason);
    }

    [Fact]
    public async Task A_replica_whose_master_refuses_us_is_told_with_the_refusal()
    {
        await using var master = await RedisProcess.StartAsync();
        await using var replica = await RedisProcess.StartAsync("--replicaof", $"127.0.0.1 {master.Port}");
        await master.CliAsync("ACL", "SETUSER", RedisProcess.User, "resetpass", ">other");
        await using var client = TestClient.Create(replica.Address, static options =>
            options.Timings.ConnectTimeout = TimeSpan.FromSeconds(1)
        );

        var error = await Assert.ThrowsAsync<RedisConnectionException>(() => client.ConnectAsync(TestContext.Current.CancellationToken));

        Assert.Equal("Redis refused the user or the password (WRONGPASS).", error.Reason);
    }

    private Task<RedisClient> ConnectAsync(int port) => TestClient.ConnectAsync($"redis://admin:admin@{Name}:{port}", options =>
        {
            options.Resolve = (_, _) => Task.FromResult(_addresses);
            options.Timings.ConnectTimeout = options.Timings.CommandTimeout = TimeSpan.FromMinutes(2);
            options.Timings.TopologyRefresh = TimeSpan.FromHours(1);
        });

    /// <summary>Another server at the same port, as behind a service whose addresses change.</summary>
    private static Task<RedisProcess> StartOtherAsync(int port) =>
        RedisProcess.StartAsync(port, RedisProcess.MakeDirectory(), isTls: false, ["--bind", $"{_new}"]);

    private static Task<string> OtherAsync(int port, params string[] command) => RedisWire.AskAsync(new IPEndPoint(_new, port), command);

    /// <summary>Makes it the replica of a master that nobody reaches.</summary>
    private static async Task<int> DemoteAsync(RedisProcess server)
    {
        var nowhere = Ports.Free();
        await server.CliAsync("replicaof", "127.0.0.1", $"{nowhere}");
        return nowhere;
    }
}
