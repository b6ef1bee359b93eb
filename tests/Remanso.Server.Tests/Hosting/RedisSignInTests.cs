using System.Globalization;
using Remanso.Conformance.Servers;

namespace Remanso.Server.Tests.Hosting;

/// <summary>A server that has the password of Redis, and its certificate, in files.</summary>
public sealed class RedisSignInTests : IDisposable
{
    private const int Writers = 8;

    private readonly TemporaryFolder _folder = new();
    private long _written;
    private long _refused;
    private long _looks;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_password_in_a_file_is_rotated_under_load_without_a_restart()
    {
        await using var redis = await RedisProcess.StartAsync();
        var file = WriteFile("password", RedisProcess.Password);
        await using var server = await RunningServer.StartAsync(
            "--tier",
            $"redis://127.0.0.1:{redis.Port}",
            "--Remanso:Redis:User",
            RedisProcess.User,
            "--Remanso:Redis:PasswordFile",
            file
        );
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, Writers).Select(writer => WriteAsync(server, writer, stop.Token)).ToList();
        await MoreAsync();

        await redis.CliAsync("ACL", "SETUSER", RedisProcess.User, ">second");
        var before = await SignInsAsync(redis);
        WriteFile("password", "second");
        await Until.TrueAsync(async () => await SignInsAsync(redis) > before + 1, "the open connections sign in anew");
        await redis.CliAsync("ACL", "SETUSER", RedisProcess.User, $"<{RedisProcess.Password}");
        await MoreAsync();
        Assert.Equal(0, Volatile.Read(ref _refused));

        // What must connect again signs in with what the file holds.
        await redis.CliAsync("CLIENT", "KILL", "USER", RedisProcess.User);
        await MoreAsync();
        await stop.CancelAsync();
        await Task.WhenAll(writers);
        using var ready = await server.SendAsync("GET", "/health/ready");
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    [Fact]
    public async Task A_certificate_for_redis_comes_from_the_settings()
    {
        await using var redis = new RedisTlsServer();
        await redis.InitializeAsync();
        await using var server = await RunningServer.StartAsync(
            "--tier",
            redis.Address,
            "--Remanso:Redis:CertificateAuthorityFile",
            redis.AuthorityFile,
            "--Remanso:Redis:ClientCertificateFile",
            redis.ClientCertificateFile,
            "--Remanso:Redis:ClientKeyFile",
            redis.ClientKeyFile,
            "--Remanso:Redis:HostName",
            RedisTlsServer.HostName
        );

        using var answer = await server.SendAsync("POST", "/set", """{"key":"k","value":"v"}""");

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    /// <summary>How often somebody has signed in on an open connection.</summary>
    private async Task<long> SignInsAsync(RedisProcess redis)
    {
        var line = (await redis.CliAsync("INFO", "commandstats"))
            .Split('\n')
            .Single(static line => line.StartsWith("cmdstat_auth:", StringComparison.Ordinal));

        // The look itself signs in by it, too: once each.
        return long.Parse(line.Split("calls=")[1].Split(',')[0], CultureInfo.InvariantCulture) - ++_looks;
    }

    private string WriteFile(string name, string text)
    {
        var path = Path.Combine(_folder.Path, name);
        File.WriteAllText(path, text);
        return path;
    }

    private async Task MoreAsync()
    {
        var before = Volatile.Read(ref _written);
        await Until.TrueAsync(() => Volatile.Read(ref _written) > before + (50 * Writers), "writes go on");
    }

    private async Task WriteAsync(RunningServer server, int writer, CancellationToken stopped)
    {
        while (!stopped.IsCancellationRequested)
        {
            using var answer = await server.SendAsync("POST", "/set", $$"""{"key":"w{{writer}}","value":"v"}""");
            Interlocked.Increment(ref answer.StatusCode == HttpStatusCode.OK ? ref _written : ref _refused);
        }
    }
}
