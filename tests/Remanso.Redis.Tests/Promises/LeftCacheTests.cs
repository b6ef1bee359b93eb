using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.Redis.Resp.Topology;
using Remanso.Redis.Tests.Servers;
using Remanso.Redis.Tests.Tier;
using Remanso.Stores;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>A cache that was taken out of the settings of all processes may have left dirty entries in Redis: whoever is
/// there tells.</summary>
public sealed class LeftCacheTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_was_left_dirty_is_told_by_the_next_start_and_stored_once_the_cache_is_declared_again(bool isCluster)
    {
        await using var servers = await Servers.StartAsync(isCluster);
        var store = new ScriptedStore { BeforeSave = static _ => throw new StoreException("down", isTransient: true) };
        await using (var before = await StartAsync(servers.Address, store, ["kept", "left"]))
        {
            foreach (var key in new[] { "a", "b", "c" })
            {
                await before.Cache("kept").SetAsync(key, "v");
                await before.Cache("left").SetAsync(key, "v");
            }
        }

        // It has just stopped: perhaps it is only restarted.
        await using (var soon = await StartAsync(servers.Address, store, ["kept"]))
        {
            Assert.Empty(soon.Registry.GetWarnings());
        }

        await servers.ForgetUseAsync("left");
        var log = new RecordingLog();
        await using (var after = await StartAsync(servers.Address, store, ["kept"], log))
        {
            Assert.Equal(
                ["cache left: 3 dirty entries and 0 dead letters wait in the tier; it is not declared here, and no process flushes it"],
                after.Registry.GetWarnings()
            );
            Assert.Single(log.Lines, static line => line.StartsWith("Cache left: 3 dirty entries", StringComparison.Ordinal));
        }

        store.BeforeSave = static _ => Task.CompletedTask;
        await using (var again = await StartAsync(servers.Address, store, ["kept", "left"]))
        {
            await again.Cache("left").Operations.FlushAsync(Cancelled);
        }

        await servers.ForgetUseAsync("left");
        await using var last = await StartAsync(servers.Address, store, ["kept"]);
        Assert.Empty(last.Registry.GetWarnings());
    }

    [Fact]
    public async Task A_process_without_a_flusher_is_seen_to_have_nobody_who_flushes_its_cache_until_a_worker_comes()
    {
        await using var servers = await Servers.StartAsync(isCluster: false);
        var store = new ScriptedStore();
        await using var api = await StartAsync(servers.Address, store, ["new"], flushes: false);
        await api.Cache("new").SetAsync("k", "v");
        await using var looker = new RedisTierProvider(PatientOptions.Of(servers.Address));

        var seen = Assert.Single(await looker.ListCachesAsync(Cancelled));

        Assert.Equal(("new", 0, 1), (seen.Cache, seen.Workers, seen.Dirty.Entries));
        Assert.InRange(seen.Unused, TimeSpan.Zero, TimeSpan.FromSeconds(30));
        await using var worker = await StartAsync(servers.Address, store, ["new"]);
        await Until.TrueAsync(
            async () => Assert.Single(await looker.ListCachesAsync(Cancelled)).Workers == 1,
            "the worker is seen, whatever is dirty"
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Names_that_nobody_uses_are_forgotten_where_nothing_waits_and_no_others(bool isCluster)
    {
        await using var servers = await Servers.StartAsync(isCluster);
        await using var provider = new RedisTierProvider(PatientOptions.Of(servers.Address));
        foreach (var name in new[] { "empty", "dirty", "mine" })
        {
            await using var other = new RedisTierProvider(PatientOptions.Of(servers.Address));
            await using var tier = (name == "mine" ? provider : other).Create(name, new TierOptions { Partitions = 4 });
            await tier.InitializeAsync(Cancelled);
            if (name == "dirty")
            {
                await tier.WriteAsync(TierBed.Write("k", "v"), Cancelled);
            }

            await other.ListCachesAsync(Cancelled);
        }

        Assert.Equal(["dirty", "empty", "mine"], await NamesAsync());
        foreach (var name in new[] { "empty", "dirty", "mine" })
        {
            await servers.ForgetUseAsync(name);
        }

        // The look that forgets has still seen it.
        await NamesAsync();
        Assert.Equal(["dirty", "mine"], await NamesAsync());
        Assert.Equal("2", await servers.CliAsync("rm:caches", "ZCARD", "rm:caches"));

        // Also where the clock was ahead when they were used.
        await servers.ForgetUseAsync("dirty", "99999999999999");
        Assert.Contains(await provider.ListCachesAsync(Cancelled), static cache =>
            cache is { Cache: "dirty", Dirty.Entries: 1 } && cache.Unused > TimeSpan.FromDays(1)
        );

        async Task<IReadOnlyList<string>> NamesAsync() =>
            [.. (await provider.ListCachesAsync(Cancelled)).Select(static cache => cache.Cache).Order(StringComparer.Ordinal)];
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_Redis_that_does_not_tell_which_caches_there_are_stops_no_start_and_that_is_said_once(bool isRight)
    {
        await using var server = await RedisProcess.StartAsync();
        if (isRight)
        {
            await server.CliAsync("ACL", "SETUSER", RedisProcess.User, "resetkeys", "~rm:{*");
        }
        else
        {
            await server.CliAsync("SET", "rm:caches", "another program's");
        }

        var log = new RecordingLog();
        await using var process = await StartAsync(server.Address, new ScriptedStore(), ["kept"], log);
        await process.Tiers.ListCachesAsync(Cancelled);
        await process.Cache("kept").SetAsync("k", "v", Node.Stored, Cancelled);

        Assert.Empty(process.Registry.GetProblems());
        Assert.Empty(process.Registry.GetWarnings());
        Assert.Single(log.Lines, static line => line.Contains("which caches it holds (rm:caches)", StringComparison.Ordinal));
    }

    private static async Task<Process> StartAsync(
        string address,
        ScriptedStore store,
        string[] caches,
        RecordingLog? log = null,
        bool flushes = true
    )
    {
        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(log ?? new RecordingLog());
        var builder = services.AddRemanso().UseRedis(PatientOptions.Of(address)).UseStore(_ => store);
        foreach (var cache in caches)
        {
            builder.AddCache<string, string>(cache, static it =>
            {
                it.Options.Tier.Partitions = 4;
                it.Options.Flush.Interval = TimeSpan.FromMilliseconds(20);
                it.Options.Flush.StopTimeout = TimeSpan.FromMilliseconds(100);
            });
        }

        if (!flushes)
        {
            builder.WithoutFlusher();
        }

        var provider = services.BuildServiceProvider();
        await Hosted.StartAsync(provider);
        return new Process(provider);
    }

    private sealed class Process(ServiceProvider services) : IAsyncDisposable
    {
        public ICacheRegistry Registry { get; } = services.GetRequiredService<ICacheRegistry>();

        public ITierProvider Tiers { get; } = services.GetRequiredService<ITierProvider>();

        public ICache<string, string> Cache(string name) => services.GetRequiredKeyedService<ICache<string, string>>(name);

        public ValueTask DisposeAsync() => services.DisposeAsync();
    }

    /// <summary>One server, or a cluster.</summary>
    private sealed class Servers : IAsyncDisposable
    {
        private readonly RedisCluster? _cluster;
        private readonly RedisProcess? _server;

        private Servers(RedisCluster? cluster, RedisProcess? server) => (_cluster, _server) = (cluster, server);

        public string Address => _cluster?.Address ?? _server!.Address;

        public static async Task<Servers> StartAsync(bool isCluster)
        {
            if (!isCluster)
            {
                return new Servers(null, await RedisProcess.StartAsync());
            }

            var cluster = new RedisCluster();
            await cluster.InitializeAsync();
            return new Servers(cluster, null);
        }

        /// <summary>As if no process had used a cache for a long time.</summary>
        public Task ForgetUseAsync(string cache, string seen = "1")
        {
            var key = $"rm:{{{cache}}}:meta";
            return CliAsync(key, "HSET", key, "seen", seen);
        }

        public async Task<string> CliAsync(string key, params string[] command) =>
            await (_server ?? await _cluster!.MasterOfAsync(HashSlot.Of(key))).CliAsync(command);

        public async ValueTask DisposeAsync()
        {
            await (_cluster?.DisposeAsync() ?? default);
            await (_server?.DisposeAsync() ?? default);
        }
    }
}
