using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Hosting;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Servers;
using Remanso.Redis.Tests.Tier;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>A Redis that answers reads and refuses writes: its disk is full, or too few replicas follow it.</summary>
public sealed class NoWritesTests : IAsyncLifetime
{
    private const int Misses = 50;

    private readonly ScriptedStore _store = new();
    private readonly RecordingLog _log = new();
    private readonly string _name = TierServer.NewCache();
    private RedisProcess _server = null!;
    private CountingTiers _tiers = null!;
    private ServiceProvider _services = null!;
    private ICache<string, string> _cache = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        for (var i = 0; i < Misses; i++)
        {
            _store.Put($"missed{i}", $"row {i}", 42);
        }

        _store.Put("near", "a", 42);
        _store.Put("tier", "b", 42);
        _store.Put("later", "c", 42);
        _server = await RedisProcess.StartAsync();
        _tiers = new CountingTiers(_server.Address);
        // Copies of another process are in Redis, and near to nobody here.
        await using (var other = await CacheProcess.StartAsync(_server.Address, _name, _store))
        {
            await other.Cache.GetAsync("tier");
            await other.Cache.GetAsync("later");
        }

        var services = new ServiceCollection();
        services.AddSingleton<ILoggerFactory>(_log);
        services
            .AddRemanso()
            .UseTier(_ => _tiers)
            .UseStore(_ => _store)
            // Whose leases would be refused within a second: that is told, and is none of a reader's matters.
            .WithoutFlusher()
            .AddCache<string, string>(_name, static cache =>
            {
                cache.Options.Near.Enabled = true;
                cache.Options.Near.MaxAge = TimeSpan.FromHours(1);
                cache.Options.Ttl.Base = cache.Options.Ttl.Absent = TimeSpan.FromHours(2);
            });
        _services = services.BuildServiceProvider();
        _cache = _services.GetRequiredService<ICache<string, string>>();
        await Hosted.StartAsync(_services);
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Hits_go_on_and_misses_are_loaded_without_an_outage(bool isDisk)
    {
        await ReadUntilAsync("near", ReadSource.Near);
        await RefuseWritesAsync(isDisk);
        var before = _store.Loads.Count;
        var scripts = _tiers.Scripts;
        for (var i = 0; i < Misses; i++)
        {
            Assert.Equal(($"row {i}", ReadSource.Store), await ReadAsync($"missed{i}"));
            Assert.Equal(("a", ReadSource.Near), await ReadAsync("near"));
        }

        // Nothing that is refused is tried again.
        Assert.InRange(_tiers.Scripts - scripts, 0, 2 * Misses);
        Assert.Equal(Misses, _store.Loads.Count - before);
        Assert.Equal(("b", ReadSource.Tier), await ReadAsync("tier"));
        Assert.DoesNotContain(_log.Lines, static line => line.Contains("the tier can't be reached", StringComparison.Ordinal));
        Assert.Empty(_services.GetRequiredService<ICacheRegistry>().GetProblems());

        // What is refused is refused at once.
        scripts = _tiers.Scripts;
        await Assert.ThrowsAsync<TierUnavailableException>(async () => await _cache.SetAsync("near", "new"));
        Assert.Equal(1, _tiers.Scripts - scripts);
        Assert.Equal("a", (await ReadAsync("near")).Value);

        await AllowWritesAsync();
        await _cache.SetAsync("near", "new");
        await ReadUntilAsync("missed0", ReadSource.Near);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public async Task What_is_refused_is_warned_of_until_a_write_passes(bool isDisk, bool isMany)
    {
        var registry = _services.GetRequiredService<ICacheRegistry>();
        // Keys of one partition.
        var keys = Enumerable
            .Range(0, 1000)
            .Select(static i => $"{i}")
            .Where(static key => Partition.Of(key, new TierOptions().Partitions) == 0)
            .Take(2)
            .ToArray();
        await RefuseWritesAsync(isDisk);
        Assert.Empty(registry.GetWarnings());

        await Assert.ThrowsAsync<TierUnavailableException>(WriteAsync);

        var warning = Assert.Single(registry.GetWarnings());
        Assert.Contains("Redis refuses writes, to 1 of 64 partitions the last one: ", warning, StringComparison.Ordinal);
        Assert.Contains(isDisk ? "MISCONF" : "NOREPLICAS", warning, StringComparison.Ordinal);
        Assert.Empty(registry.GetProblems());
        var tier = _services.GetRequiredService<CacheRegistry>().Runtimes.Single().Tier;
        Assert.Contains(tier.FlushProblem!, warning, StringComparison.Ordinal);

        await AllowWritesAsync();
        await WriteAsync();
        Assert.Empty(registry.GetWarnings());
        Assert.Null(tier.FlushProblem);

        Task WriteAsync() =>
            isMany ? _cache.SetManyAsync([new(keys[0], "v"), new(keys[1], "v")]).AsTask() : _cache.SetAsync(keys[0], "v").AsTask();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_new_connection_is_let_in_where_nothing_has_to_be_voided(bool isDisk)
    {
        await RefuseWritesAsync(isDisk);
        // One that could not be stated yet is in nobody's way.
        var options = PatientOptions.Of(_server.Address);
        await using var connection = new RedisConnection("rm", TimeProvider.System, NullLogger.Instance, gate => new RedisClient(
            options,
            TimeProvider.System,
            gate
        ));
        await using var fresh = new RedisTier(TierServer.NewCache(), new TierOptions { Partitions = 4 }, connection);
        await connection.Client.ConnectAsync(Cancelled);
        await _server.CliAsync("CLIENT", "KILL", "TYPE", "normal");

        await ReadUntilAsync("later", ReadSource.Tier);
        Assert.Equal(("row 1", ReadSource.Store), await ReadAsync("missed1"));
        Assert.Equal(("b", ReadSource.Tier), await ReadAsync("tier"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_miss_gets_no_lease_and_what_is_stale_is_shown(bool isDisk)
    {
        await using var bed = new TierBed(_server.Address);
        var tier = await bed.StartAsync();
        await tier.FillAsync("hit", "v", 42);
        var lease = await tier.LeaseAsync("stale");
        await tier.FillAsync(TierSteps.Loaded("stale", lease, "old", 42, ttl: TimeSpan.FromMilliseconds(1), grace: TimeSpan.FromHours(1)));
        await Until.TrueAsync(
            async () => (await tier.ReadAsync("stale", holder: 0, Cancelled)).Outcome == TierReadOutcome.Stale,
            "it is stale"
        );
        await RefuseWritesAsync(isDisk);

        Assert.Equal(new TierRead(TierReadOutcome.Miss, null, TierRead.NoLeases), await tier.ReadAsync("missed", holder: 1, Cancelled));
        Assert.Equal(new TierRead(TierReadOutcome.Miss, null, 0), await tier.ReadAsync("missed", holder: 0, Cancelled));
        Assert.Equal("v", (await tier.HitAsync("hit")).Text());
        var stale = await tier.ReadAsync("stale", holder: 1, Cancelled);
        Assert.Equal((TierReadOutcome.Stale, "old", TierRead.NoLeases), (stale.Outcome, stale.Entry!.Text(), stale.Lease));
        Assert.Equal(0, await tier.TryLeaseAsync("hit", holder: 1, Cancelled));
    }

    [Fact]
    public async Task Copies_under_another_reign_are_not_served()
    {
        await RefuseWritesAsync(isDisk: false);
        // As if it had been promoted, or started anew, since they were made.
        await _server.CliAsync("DEBUG", "CHANGE-REPL-ID");
        await _server.CliAsync("CLIENT", "KILL", "TYPE", "normal");

        await Until.TrueAsync(async () => (await ReadAsync("later")).Source == ReadSource.Store, "it is read past Redis");
        await AllowWritesAsync();
        await ReadUntilAsync("later", ReadSource.Near);
    }

    private async Task RefuseWritesAsync(bool isDisk)
    {
        if (!isDisk)
        {
            await _server.CliAsync("CONFIG", "SET", "min-replicas-to-write", "1");
            return;
        }

        await _server.FillDiskAsync();
    }

    private async Task AllowWritesAsync()
    {
        await _server.CliAsync("CONFIG", "SET", "min-replicas-to-write", "0");
        await _server.CliAsync("CONFIG", "SET", "save", "");
    }

    private async Task<(string? Value, ReadSource Source)> ReadAsync(string key)
    {
        var read = await _cache.GetAsync(key, cancellationToken: Cancelled);
        Assert.False(read.Stale);
        return (read.Value, read.Source);
    }

    private Task ReadUntilAsync(string key, ReadSource source) =>
        Until.TrueAsync(async () => (await ReadAsync(key)).Source == source, $"{key} is read from {source}");

    /// <summary>Tiers that count the scripts of reads and writes, and not those that run by the clock.</summary>
    private sealed class CountingTiers : ITierProvider
    {
        private static readonly string[] _counted = ["-- Reads one key", "-- Takes the fill lease", "-- Fills one key", "-- Writes "];
        private readonly RedisConnection _connection;
        private int _scripts;

        public CountingTiers(string address)
        {
            // Who is given up as master is waited for as long as users wait.
            _connection = ScriptWatch.Connect(address, out var watch, static timings => timings.ConnectTimeout = TimeSpan.FromSeconds(5));
            watch.Before = (script, _) =>
            {
                if (Array.Exists(_counted, begin => script.Body.Contains(begin, StringComparison.Ordinal)))
                {
                    Interlocked.Increment(ref _scripts);
                }
            };
        }

        public int Scripts => Volatile.Read(ref _scripts);

        public string Description => "Redis";

        public string Promise => string.Empty;

        public ICacheTier Create(string cache, TierOptions options) => new RedisTier(cache, options, _connection);

        public ValueTask DisposeAsync() => _connection.DisposeAsync();
    }
}
