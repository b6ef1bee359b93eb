using System.Net;
using System.Net.Sockets;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Tier;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

/// <summary>Ways to a server beside a name or an IPv4 address.</summary>
public sealed class ReachTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("redis+unix")]
    [InlineData("unix")]
    public async Task A_tier_works_over_a_Unix_socket(string scheme)
    {
        var directory = RedisProcess.MakeDirectory();
        var path = Path.Combine(directory, "redis.sock");
        await using var server = await RedisProcess.StartAsync(Ports.Free(), directory, isTls: false, ["--unixsocket", path]);
        var address = $"{scheme}://{RedisProcess.User}:{RedisProcess.Password}@{path}?prefix=rm";
        await using var bed = new TierBed(address);
        var tier = await bed.StartAsync();

        await tier.WriteAsync(TierBed.Write("k", "v"), Cancellation);

        Assert.NotNull((await tier.ReadAsync("k", holder: 1, Cancellation)).Entry);
        await using var client = await TestClient.ConnectAsync(address);
        Assert.Equal($"unix:{path}", client.MasterOf("k")!.ToString());
    }

    [Fact]
    public async Task A_Unix_socket_that_is_not_there_is_said_with_its_path_and_the_setting()
    {
        await using var client = TestClient.Create("redis+unix:///run/nowhere/redis.sock", static options =>
            options.Timings.ConnectTimeout = TimeSpan.FromMilliseconds(300)
        );

        var error = await Assert.ThrowsAsync<RedisConnectionException>(() => client.ConnectAsync(Cancellation));

        Assert.Contains("unix:/run/nowhere/redis.sock", error.Message, StringComparison.Ordinal);
        Assert.Contains("ConnectionStrings:Tier", error.Message, StringComparison.Ordinal);
        Assert.Equal("Redis can't be reached: its socket is not there.", error.Reason);
    }

    [Fact]
    public void A_Unix_socket_that_may_not_be_connected_to_is_not_said_to_be_missing()
    {
        // So says connect(2) of a socket in a folder that may not be searched; root may search all of them.
        var denied = new SocketException((int)SocketError.AccessDenied);
        var error = ConnectFault.Explain(new("/run/nowhere/redis.sock", 0), null, ConnectStage.Opening, denied, null);

        Assert.Equal("Redis may not be connected to by this process (AccessDenied).", error.Reason);
    }

    [Fact]
    public async Task Where_a_name_is_looked_up_for_ever_it_is_told_and_the_client_ends()
    {
        var never = new TaskCompletionSource<IPAddress[]>();
        var client = TestClient.Create("redis://redis.test", options =>
        {
            options.Resolve = (_, _) => never.Task;
            options.Timings.ConnectTimeout = TimeSpan.FromMilliseconds(300);
        });

        await Until.TrueAsync(
            () => client.State.LastError?.Message.Contains("did not accept a connection within", StringComparison.Ordinal) == true,
            "it is told"
        );

        await client.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60), Cancellation);
    }

    [Theory]
    [InlineData("redis+unix:///run/redis.sock", "/run/redis.sock", 0, "rm", null)]
    [InlineData("redis+unix:///run/my%20redis.sock?db=3", "/run/my redis.sock", 3, "rm", null)]
    [InlineData("unix://app:p%40ss@/run/redis.sock?db=3&prefix=shop", "/run/redis.sock", 3, "shop", "app")]
    public void The_address_of_a_Unix_socket_has_path_database_prefix_and_user(
        string address,
        string path,
        int database,
        string prefix,
        string? user
    )
    {
        var options = RedisOptions.Parse(address);
        options.Validate();

        Assert.Equal(new RedisEndPoint(path, 0), Assert.Single(options.EndPoints));
        Assert.True(options.EndPoints[0].IsUnixSocket);
        Assert.Equal((database, prefix, user), (options.Database, options.Prefix, options.User));
        Assert.StartsWith("redis+unix://", options.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("p@ss", options.ToString(), StringComparison.Ordinal);
        Assert.Equal(database, RedisOptions.Parse(options.ToString()).Database);
    }

    [Theory]
    [InlineData("redis+unix://")]
    [InlineData("redis+unix://redis.sock")]
    [InlineData("redis+unix://:secret@redis.sock")]
    [InlineData("redis+unix:///run/redis.sock?db=first")]
    [InlineData("redis+unix:///run/redis.sock#1")]
    [InlineData("redis+unix:///run/redis.sock?password=secret")]
    public void A_wrong_address_of_a_Unix_socket_is_refused_without_secrets(string address)
    {
        var error = Assert.Throws<FormatException>(() => RedisOptions.Parse(address));
        Assert.DoesNotContain("secret", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tier_works_over_IPv6_and_brackets_stand_in_what_is_shown()
    {
        await using var server = await RedisProcess.StartAsync("--bind", "::1");
        var address = $"redis://{RedisProcess.User}:{RedisProcess.Password}@[::1]:{server.Port}";
        await using var bed = new TierBed(address);
        var tier = await bed.StartAsync();
        await tier.WriteAsync(TierBed.Write("k", "v"), Cancellation);
        Assert.NotNull((await tier.ReadAsync("k", holder: 1, Cancellation)).Entry);

        await using var client = await TestClient.ConnectAsync(address);
        Assert.Equal($"[::1]:{server.Port}", client.MasterOf("k")!.ToString());
        Assert.Contains($"@[::1]:{server.Port}", RedisOptions.Parse(address).ToString(), StringComparison.Ordinal);
        server.Kill();
        await Until.TrueAsync(
            () => client.State.LastError?.Message.Contains($"Redis at [::1]:{server.Port} refused", StringComparison.Ordinal) == true,
            "the error names the address in brackets"
        );
    }

    [Fact]
    public async Task A_replica_at_an_IPv6_address_is_followed_when_it_is_promoted()
    {
        await using var master = await RedisProcess.StartAsync("--bind", "::1");
        await using var replica = await RedisProcess.StartAsync("--bind", "127.0.0.1 ::1", "--replicaof", "::1", $"{master.Port}");
        await using var client = await TestClient.ConnectAsync($"redis://admin:admin@[::1]:{master.Port}");
        await Until.TrueAsync(
            () =>
            {
                client.RefreshTopology();
                return client.Nodes.Any(node => node.EndPoint == new RedisEndPoint("::1", replica.Port));
            },
            "the master tells of its replica"
        );

        master.Kill();
        await replica.CliAsync("replicaof", "no", "one");

        await Until.TrueAsync(() => client.MasterOf("k")?.EndPoint == new RedisEndPoint("::1", replica.Port), "it is followed");
        Assert.True(await client.DoAsync("SET", "k", "v"));
    }
}
