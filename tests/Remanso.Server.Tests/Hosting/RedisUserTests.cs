using Microsoft.Extensions.Diagnostics.HealthChecks;
using Remanso.AspNetCore.Health;
using Remanso.Conformance.Servers;
using Remanso.Server.Tests.Commands;

namespace Remanso.Server.Tests.Hosting;

/// <summary>The user of Redis in <c>deploy/redis/users.acl</c> suffices for everything that the server does, and for
/// nothing else.</summary>
public sealed class RedisUserTests
{
    private const string Cache = "/v1/caches/default/";

    [Fact]
    public async Task The_user_that_is_documented_suffices_for_every_call_and_is_denied_nothing()
    {
        await using var redis = await RedisProcess.StartAsync("--appendonly", "yes", "--maxmemory-policy", "noeviction");
        await using (var server = await RunningServer.StartAsync("--tier", redis.Address, "--Remanso:Caches:default:Near:Enabled", "true"))
        {
            await MustBeAsync(server, HttpStatusCode.OK, "POST", "/set", "{\"key\":\"a\",\"value\":\"1\",\"tags\":[\"t\"]}");
            await MustBeAsync(server, HttpStatusCode.OK, "GET", "/get/a");
            await MustBeAsync(server, HttpStatusCode.NotFound, "GET", "/get/absent");
            await MustBeAsync(server, HttpStatusCode.Accepted, "POST", Cache + "entries/n/increment");
            await MustBeAsync(
                server,
                HttpStatusCode.Accepted,
                "POST",
                Cache + "entries/l/merge",
                "{\"op\":\"append\",\"value\":1,\"cap\":3}"
            );
            await MustBeAsync(server, HttpStatusCode.OK, "PUT", Cache + "entries/p?durability=stored&lifetime=60s", "v");
            await MustBeAsync(server, HttpStatusCode.Accepted, "DELETE", Cache + "entries/p");
            await MustBeAsync(server, HttpStatusCode.OK, "POST", Cache + "flush");
            await MustBeAsync(
                server,
                HttpStatusCode.OK,
                "POST",
                Cache + "entries:batch-set",
                "[{\"key\":\"b\",\"value\":1},{\"key\":\"c\",\"value\":2}]"
            );
            await MustBeAsync(server, HttpStatusCode.OK, "POST", Cache + "entries:batch-get", "[\"b\",\"c\",\"none\"]");
            await MustBeAsync(server, HttpStatusCode.NoContent, "POST", Cache + "invalidate", "{\"tags\":[\"t\"]}");
            await MustBeAsync(server, HttpStatusCode.NoContent, "POST", Cache + "invalidate", "{\"keys\":[\"b\"]}");
            await MustBeAsync(server, HttpStatusCode.NoContent, "POST", Cache + "invalidate", "{\"all\":true}");
            await MustBeAsync(server, HttpStatusCode.OK, "POST", Cache + "preload", "{\"keys\":[\"a\",\"z\"]}");
            await MustBeAsync(server, HttpStatusCode.OK, "GET", Cache + "dead-letters");
            await MustBeAsync(server, HttpStatusCode.OK, "GET", "/v1/stats");
            await MustBeAsync(server, HttpStatusCode.OK, "GET", "/v1/processes");
            await MustBeAsync(server, HttpStatusCode.OK, "GET", "/health/ready");
        }

        Assert.Empty(await redis.CliAsync("ACL", "LOG"));
        Assert.Contains("NOAUTH", await RedisCli.RunAsync("-p", $"{redis.Port}", "PING"), StringComparison.Ordinal);
        foreach (var denied in new[] { "FLUSHALL", "CONFIG SET maxmemory 1", "GET other", "KEYS *", "DEBUG SLEEP 0", "ACL LIST" })
        {
            Assert.Contains(
                "NOPERM",
                await redis.CliAsync(RedisProcess.User, RedisProcess.Password, denied.Split(' ')),
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public async Task With_it_a_deployment_begins_anew_under_another_prefix_and_leaves_what_was_there()
    {
        using var folder = new TemporaryFolder();
        var store = "sqlite:" + folder.File("store.db");
        await using var redis = await RedisProcess.StartAsync("--appendonly", "yes", "--maxmemory-policy", "noeviction");
        await using (var before = await RunningServer.StartAsync("--store", store, "--tier", redis.Address))
        {
            await MustBeAsync(before, HttpStatusCode.Accepted, "PUT", Cache + "entries/a", "1");
            await MustBeAsync(before, HttpStatusCode.OK, "POST", Cache + "flush");
        }

        var left = await redis.CliAsync("KEYS", "rm:*");
        foreach (var prefix in (string[])["rm2", "rm9"])
        {
            string[] anew =
            [
                "--store",
                store,
                "--tier",
                redis.Address + "/0?prefix=" + prefix,
                "--Remanso:Caches:default:Tier:Partitions",
                "8",
            ];
            await using var after = await RunningServer.StartAsync(anew);
            await MustBeAsync(after, HttpStatusCode.OK, "GET", Cache + "entries/a");
            await MustBeAsync(after, HttpStatusCode.OK, "PUT", Cache + "entries/a?durability=stored", "2");
            await MustBeAsync(after, HttpStatusCode.OK, "GET", "/health/ready");
        }

        Assert.Empty(await redis.CliAsync("ACL", "LOG"));
        Assert.Equal(Sorted(left), Sorted(await redis.CliAsync("KEYS", "rm:*")));
        Assert.Contains(
            "NOPERM",
            await redis.CliAsync(RedisProcess.User, RedisProcess.Password, ["GET", "rm21:{a}:meta"]),
            StringComparison.Ordinal
        );

        // And who goes back is not refused.
        await using var back = await RunningServer.StartAsync("--store", store, "--tier", redis.Address);
        await MustBeAsync(back, HttpStatusCode.OK, "GET", "/health/ready");

        static string[] Sorted(string keys) => [.. keys.Split('\n').Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task Where_it_may_not_subscribe_the_process_is_ready_and_warns()
    {
        await using var redis = await RedisProcess.StartAsync("--appendonly", "yes", "--maxmemory-policy", "noeviction");
        await using var server = await RunningServer.StartAsync("--tier", redis.Address, "--Remanso:Caches:default:Near:Enabled", "true");
        await MustBeAsync(server, HttpStatusCode.OK, "PUT", Cache + "entries/a?durability=stored", "1");
        Assert.Empty(await WarningsAsync(server));

        // As at a promoted master whose users are other ones.
        await redis.CliAsync("ACL", "SETUSER", RedisProcess.User, "-ssubscribe");
        await redis.CliAsync("CLIENT", "KILL", "TYPE", "pubsub");
        await Until.TrueAsync(async () => (await WarningsAsync(server)).Length > 0, "the refused channel is told");

        Assert.Contains("refuses its channel", Assert.Single(await WarningsAsync(server)), StringComparison.Ordinal);
        await MustBeAsync(server, HttpStatusCode.OK, "GET", Cache + "entries/a");
        await MustBeAsync(server, HttpStatusCode.Accepted, "PUT", Cache + "entries/a", "2");
        await MustBeAsync(server, HttpStatusCode.OK, "PUT", Cache + "entries/a?durability=stored", "3");
        await MustBeAsync(server, HttpStatusCode.OK, "GET", Cache + "entries/a");
        var top = await CommandRun.AsyncOf(server.Address, [], "top", "--once", "--interval", "100ms");
        Assert.Matches(" ready\\s+cache default: Redis refuses its channel", top.Output);
        var check = new ReadyCheck(server.Registry, TimeProvider.System);
        var health = await check.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains("refuses its channel", health.Description, StringComparison.Ordinal);

        await redis.CliAsync("ACL", "SETUSER", RedisProcess.User, "+ssubscribe");
        await Until.TrueAsync(async () => (await WarningsAsync(server)).Length == 0, "all channels are back");
    }

    [Fact]
    public async Task Where_it_may_not_have_the_channels_nothing_is_written_and_the_process_is_not_ready()
    {
        await using var redis = await RedisProcess.StartAsync("--appendonly", "yes", "--maxmemory-policy", "noeviction");
        await using var server = await RunningServer.StartAsync("--tier", redis.Address);

        await redis.CliAsync("ACL", "SETUSER", RedisProcess.User, "resetchannels");
        await MustBeAsync(server, HttpStatusCode.ServiceUnavailable, "PUT", Cache + "entries/a", "1");

        await Until.TrueAsync(
            async () =>
            {
                using var ready = await server.SendAsync("GET", "/health/ready");
                return (await ready.TextAsync()).Contains("so it takes no writes", StringComparison.Ordinal);
            },
            "it is told why"
        );
        await MustBeAsync(server, HttpStatusCode.ServiceUnavailable, "GET", "/health/ready");
    }

    /// <summary>What a server that is ready warns of.</summary>
    private static async Task<string[]> WarningsAsync(RunningServer server)
    {
        using var answer = await server.SendAsync("GET", "/health/ready");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return (await answer.JsonAsync()).TryGetProperty("warnings", out var warnings)
            ? [.. warnings.EnumerateArray().Select(static warning => warning.GetString()!)]
            : [];
    }

    private static async Task MustBeAsync(RunningServer server, HttpStatusCode status, string method, string path, string? body = null)
    {
        using var answer = await server.SendAsync(method, path, body);
        Assert.True(answer.StatusCode == status, $"{method} {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }
}
