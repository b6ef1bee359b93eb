using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Remanso.Conformance.Faces;
using Remanso.Conformance.Support;
using Remanso.Redis.Tests.Servers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>What the tier makes of a server's settings.</summary>
public sealed class RedisSettingsTests
{
    [Theory]
    [InlineData("6.2.14", true)]
    [InlineData("7.0.0", false)]
    [InlineData("10.1", false)]
    [InlineData("", false)]
    public void A_server_before_7_is_refused_with_its_version(string version, bool isRefused)
    {
        var settings = new RedisSettings(version, "noeviction", RedisPersistence.None);
        if (!isRefused)
        {
            settings.ThrowUnlessSafe("here");
            return;
        }

        var refused = Assert.Throws<InvalidOperationException>(() => settings.ThrowUnlessSafe("here"));
        Assert.Contains(version, refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", null, RedisPersistence.None)]
    [InlineData("1", "always", RedisPersistence.EveryWrite)]
    [InlineData("1", "everysec", RedisPersistence.EverySecond)]
    [InlineData("1", "no", RedisPersistence.Unsynced)]
    [InlineData("1", null, RedisPersistence.Unknown)]
    [InlineData(null, "always", RedisPersistence.Unknown)]
    internal void Persistence_is_what_the_server_tells(string? isAofOn, string? fsync, RedisPersistence expected)
    {
        var info = new Dictionary<string, string>(StringComparer.Ordinal);
        if (isAofOn is not null)
        {
            info["aof_enabled"] = isAofOn;
        }

        Assert.Equal(expected, RedisSettings.From(info, fsync).Persistence);
    }

    [Theory]
    [InlineData("no", "everysec", "is lost if Redis stops", 1)]
    [InlineData("yes", "everysec", "about a second", 0)]
    [InlineData("yes", "always", "on Redis's disk", 0)]
    public async Task The_promise_and_the_warnings_say_what_a_write_survives(string aof, string fsync, string promise, int warnings)
    {
        await using var server = await RedisProcess.StartAsync("--appendonly", aof, "--appendfsync", fsync);
        using var log = new RecordingLog();
        await using var provider = new RedisTierProvider(RedisOptions.Parse(server.Address), loggers: log);
        await using var tier = provider.Create(TierServer.NewCache(), new TierOptions());
        await tier.InitializeAsync(TestContext.Current.CancellationToken);
        Assert.Contains(promise, provider.Promise, StringComparison.Ordinal);
        Assert.Equal(warnings, log.Lines.Count(static line => line.Contains("append-only", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_server_that_may_lose_what_can_be_loaded_again_is_not_warned_about()
    {
        await using var server = await RedisProcess.StartAsync("--appendonly", "no");
        using var log = new RecordingLog();
        await using var provider = new RedisTierProvider(RedisOptions.Parse(server.Address), loggers: log);
        await using var face = provider.Create(TierServer.NewCache(), new TierOptions { HoldsWrites = false });
        await face.InitializeAsync(TestContext.Current.CancellationToken);
        Assert.Empty(log.Lines);

        await using var tier = provider.Create(TierServer.NewCache(), new TierOptions());
        await tier.InitializeAsync(TestContext.Current.CancellationToken);
        await face.InitializeAsync(TestContext.Current.CancellationToken);
        Assert.Single(log.Lines, static line => line.Contains("append-only", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Caches_without_a_store_start_on_redis_without_a_warning()
    {
        await using var server = await RedisProcess.StartAsync("--appendonly", "no");
        using var log = new RecordingLog();
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(log);
        services
            .AddRemanso()
            .UseRedis(server.Address)
            .AsHybridCache()
            .AsDistributedCache()
            .AddCache<string, string>("aside", static cache => cache.WithoutStore = true);
        await using var process = await FaceProcess.StartAsync(services);
        Assert.DoesNotContain(log.Lines, static line => line.Contains("append-only", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_user_who_may_not_ask_for_the_settings_is_warned()
    {
        await using var server = await RedisProcess.StartAsync();
        await server.CliAsync("ACL", "SETUSER", "app", "on", ">secret", "~*", "&*", "+@all", "-config", "-info");
        using var log = new RecordingLog();
        await using var provider = new RedisTierProvider(RedisOptions.Parse($"redis://app:secret@127.0.0.1:{server.Port}"), loggers: log);
        await using var tier = provider.Create(TierServer.NewCache(), new TierOptions());
        await tier.InitializeAsync(TestContext.Current.CancellationToken);
        var line = Assert.Single(log.Lines, static line => line.Contains("does not tell", StringComparison.Ordinal));
        Assert.Contains("maxmemory-policy", line, StringComparison.Ordinal);
        Assert.Contains("appendfsync", line, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", provider.Description, StringComparison.Ordinal);
    }
}
