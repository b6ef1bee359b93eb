using Remanso.Conformance.Servers;

namespace Remanso.Server.Tests.Hosting;

/// <summary>A Redis that somebody else runs: without CONFIG, INFO and ROLE.</summary>
public sealed class ManagedRedisTests
{
    [Fact]
    public async Task An_api_and_a_worker_start_and_store_writes_on_a_Redis_without_CONFIG_INFO_and_ROLE()
    {
        await using var redis = await RedisProcess.StartAsync(
            "--rename-command",
            "CONFIG",
            "",
            "--rename-command",
            "INFO",
            "",
            "--rename-command",
            "ROLE",
            ""
        );
        using var folder = new TemporaryFolder();
        string[] settings = ["--tier", redis.Address, "--store", "sqlite:" + folder.File("shared.db")];
        await using var worker = await ServerProcess.StartAsync(folder.Path, [.. settings, "--role", "worker"]);
        await using var api = await ServerProcess.StartAsync(folder.Path, [.. settings, "--role", "api"]);

        using var body = new StringContent("v");
        var put = await api.Client.PutAsync("/v1/caches/default/entries/k?durability=stored", body);

        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        Assert.Equal("v", (await (await api.Client.GetAsync("/get/k?source=db")).JsonAsync()).GetProperty("value").GetString());
        foreach (var process in new[] { api, worker })
        {
            var (code, errors) = await process.TerminateAsync();
            Assert.Equal(0, code);
            var log = (process.Banner + await process.Output + errors).Split('\n');
            Assert.Single(log, static line => line.Contains("does not tell", StringComparison.Ordinal));
        }
    }
}
