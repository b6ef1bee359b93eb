using Remanso.Conformance.Servers;

namespace Remanso.Server.Tests.Hosting;

/// <summary>Why Redis can't be reached is told: to callers without addresses, to operators with them, to nobody with
/// secrets. With the timings that users have.</summary>
public sealed class OutageCauseTests
{
    private const string Secret = "s3cr3t";
    private const string Entry = "/v1/caches/default/entries/k";

    [Theory]
    [InlineData("port", "refused the connection")]
    [InlineData("password", "refused the user or the password (WRONGPASS)")]
    [InlineData("none", "asks for a password, and none is set (NOAUTH)")]
    [InlineData("name", "its name is not known")]
    [InlineData("tls", "TLS")]
    public async Task Why_Redis_was_never_reached_is_told_to_callers_in_readiness_and_in_the_log(string fault, string expected)
    {
        await using var redis = await RedisProcess.StartAsync();
        var address = fault switch
        {
            "port" => $"redis://:{Secret}@127.0.0.1:{Ports.Free()}",
            "password" => $"redis://remanso:{Secret}@127.0.0.1:{redis.Port}",
            "none" => $"redis://127.0.0.1:{redis.Port}",
            "name" => $"redis://:{Secret}@redis.invalid",
            _ => $"rediss://:{Secret}@127.0.0.1:{redis.Port}",
        };
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(folder.Path, "--tier", address);

        await AssertToldAsync(server, expected, fault == "name" ? "redis.invalid" : "127.0.0.1");
    }

    [Theory]
    [InlineData("-evalsha")]
    [InlineData("resetchannels")]
    public async Task What_its_user_may_not_do_is_told_to_callers_in_readiness_and_in_the_log(string denied)
    {
        await using var redis = await RedisProcess.StartAsync();
        await redis.CliAsync("ACL", "SETUSER", RedisProcess.User, denied);
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(folder.Path, "--tier", redis.Address);

        await AssertToldAsync(server, "NOPERM", "127.0.0.1");
    }

    [Fact]
    public async Task Why_Redis_is_not_fit_once_it_is_there_is_told_to_callers()
    {
        var port = Ports.Free();
        using var folder = new TemporaryFolder();
        var address = $"redis://{RedisProcess.User}:{RedisProcess.Password}@127.0.0.1:{port}";
        await using var server = await ServerProcess.StartAsync(folder.Path, "--tier", address);
        await using var redis = await RedisProcess.StartAsync(
            port,
            RedisProcess.MakeDirectory(),
            isTls: false,
            ["--maxmemory-policy", "allkeys-lru"]
        );

        await Until.TrueAsync(async () => (await DetailAsync(server)).Contains("not fit", StringComparison.Ordinal), "it is told");
    }

    [Fact]
    public async Task Why_Redis_was_lost_later_is_told_to_callers_in_readiness_and_in_the_log()
    {
        await using var redis = await RedisProcess.StartAsync();
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.StartAsync(folder.Path, "--tier", redis.Address);
        await Until.TrueAsync(async () => (await server.Client.GetAsync("/health/ready")).IsSuccessStatusCode, "the process is ready");

        redis.Kill();
        await Until.TrueAsync(async () => !(await server.Client.GetAsync("/health/ready")).IsSuccessStatusCode, "Redis is gone");

        await AssertToldAsync(server, "refused the connection", $"127.0.0.1:{redis.Port}");
    }

    private static async Task<string> DetailAsync(ServerProcess server)
    {
        using var body = new StringContent("v");
        var refused = await server.Client.PutAsync(Entry, body);
        await refused.AssertProblemAsync(503, "tier-unavailable");
        return (await refused.JsonAsync()).GetProperty("detail").GetString()!;
    }

    private static async Task AssertToldAsync(ServerProcess server, string expected, string address)
    {
        var detail = await DetailAsync(server);
        Assert.Contains(expected, detail, StringComparison.Ordinal);
        Assert.DoesNotContain(address, detail, StringComparison.Ordinal);

        var health = await (await server.Client.GetAsync("/health/ready")).TextAsync();
        Assert.Contains(expected, health, StringComparison.Ordinal);

        var (_, errors) = await server.TerminateAsync();
        var log = server.Banner + await server.Output + errors;
        Assert.Contains(expected, log, StringComparison.Ordinal);
        Assert.Contains(address, log, StringComparison.Ordinal);
        foreach (var text in new[] { detail, health, log })
        {
            Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
        }
    }
}
