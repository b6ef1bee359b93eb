using Remanso.Redis.Resp;
using Xunit;

namespace Remanso.Redis.Tests.Resp;

public sealed class ReconnectTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_killed_server_is_found_again_when_it_is_back()
    {
        await using var server = await RedisProcess.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using var client = await TestClient.ConnectAsync(server.AdminAddress, o =>
            o.Timings.ConnectTimeout = TimeSpan.FromSeconds(20)
        );
        await client.DoAsync("SET", "k", "kept");
        server.Kill();
        await Until.TrueAsync(() => client.State is { IsConnected: false, LastError: not null }, "the loss was noticed and explained");
        var waiting = client.ExecuteAsync(RedisRoute.FirstKey, Replies.Text, Cancellation, "GET", "k").AsTask();
        await server.StartAgainAsync();
        Assert.Equal("kept", await waiting);
        Assert.True(client.State.IsConnected);
        Assert.Null(client.State.LastError);
    }

    [Fact]
    public async Task Commands_fail_at_once_without_a_connection_when_that_is_asked_for()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var client = await TestClient.ConnectAsync(server.AdminAddress, o => o.Timings.FailFast = true);
        server.Kill();
        await Until.TrueAsync(() => !client.State.IsConnected, "the loss was noticed");
        var error = await Assert.ThrowsAsync<RedisConnectionException>(() => client.TextAsync("GET", "k").AsTask());
        Assert.False(error.MayHaveRun);
    }

    [Fact]
    public async Task Nobody_there_is_said_with_the_address_and_without_the_password()
    {
        var port = Ports.Free();
        await using var client = TestClient.Create($"redis://:secret@127.0.0.1:{port}", o =>
            o.Timings.ConnectTimeout = TimeSpan.FromMilliseconds(300)
        );
        var error = await Assert.ThrowsAsync<RedisConnectionException>(() => client.ConnectAsync(Cancellation));
        Assert.Contains($"127.0.0.1:{port}", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_reported_as_such()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var client = TestClient.Create(server.AdminAddress.Replace(":admin@", ":wrong@", StringComparison.Ordinal), o =>
            o.Timings.ConnectTimeout = TimeSpan.FromMilliseconds(500)
        );
        var error = await Assert.ThrowsAnyAsync<RedisException>(() => client.ConnectAsync(Cancellation));
        Assert.Contains("WRONGPASS", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong@", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_frozen_server_times_commands_out_and_serves_again_when_it_thaws()
    {
        await using var server = await RedisProcess.StartAsync();
        await using var client = await TestClient.ConnectAsync(server.AdminAddress, o =>
            o.Timings.CommandTimeout = TimeSpan.FromMilliseconds(300)
        );
        server.Freeze();
        await Assert.ThrowsAsync<RedisTimeoutException>(() => client.TextAsync("GET", "k").AsTask());
        server.Thaw();
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    return await client.DoAsync("SET", "k", "v");
                }
                catch (RedisException)
                {
                    return false;
                }
            },
            "a command succeeds again"
        );
        Assert.Equal("v", await client.TextAsync("GET", "k"));
    }

    [Fact]
    public async Task The_master_is_found_among_the_hosts_and_followed_when_the_roles_change()
    {
        await using var first = await RedisProcess.StartAsync("--repl-diskless-sync-delay", "0");
        await using var second = await RedisProcess.StartAsync(
            "--replicaof",
            "127.0.0.1",
            $"{first.Port}",
            "--repl-diskless-sync-delay",
            "0"
        );
        await Until.TrueAsync(
            async () => (await first.CliAsync("info", "replication")).Contains("state=online", StringComparison.Ordinal),
            "the replica is in step"
        );

        // The replica is named first.
        await using var client = await TestClient.ConnectAsync(RedisProcess.AdminAddressOf(second, first));
        Assert.True(await client.DoAsync("SET", "k", "old"));
        Assert.Equal(first.Port, client.MasterOf("k")!.EndPoint.Port);
        Assert.Equal(1, client.MasterOf("k")!.Replicas);
        var waited = await client.ExecuteWithWaitAsync(
            RedisRoute.FirstKey,
            Replies.Done,
            new(1, TimeSpan.FromSeconds(5)),
            null,
            Cancellation,
            "SET",
            "k",
            "v"
        );
        Assert.Equal(1, waited.Replicas);

        await second.CliAsync("replicaof", "no", "one");
        await first.CliAsync("replicaof", "127.0.0.1", $"{second.Port}");
        Assert.True(await client.DoAsync("SET", "k", "new"));
        Assert.Equal("new", await second.CliAsync("get", "k"));
        Assert.Equal(second.Port, client.MasterOf("k")!.EndPoint.Port);
    }

    [Fact]
    public void The_pause_before_a_new_attempt_grows_to_its_bound_and_never_vanishes()
    {
        var first = TimeSpan.FromMilliseconds(100);
        var longest = TimeSpan.FromSeconds(5);
        Assert.Equal(TimeSpan.FromMilliseconds(10), ReconnectDelay.For(0, first, longest, 0));
        Assert.Equal(TimeSpan.FromMilliseconds(55), ReconnectDelay.For(0, first, longest, 0.5));
        Assert.Equal(TimeSpan.FromMilliseconds(440), ReconnectDelay.For(3, first, longest, 0.5));
        Assert.Equal(TimeSpan.FromSeconds(2.75), ReconnectDelay.For(6, first, longest, 0.5));
        Assert.Equal(TimeSpan.FromSeconds(2.75), ReconnectDelay.For(int.MaxValue, first, longest, 0.5));
    }
}
