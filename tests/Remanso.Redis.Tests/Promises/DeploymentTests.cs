using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Redis.Inspection;
using Remanso.Redis.Tests.Tier;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>Two deployments with caches of the same names on one Redis: each with a prefix, and a user who may touch
/// nothing else.</summary>
public sealed class DeploymentTests : IAsyncLifetime
{
    private RedisProcess _server = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server = await RedisProcess.StartAsync();
        var deployed = (await _server.CliAsync("ACL", "LIST"))
            .Split('\n')
            .Single(static line => line.StartsWith($"user {RedisProcess.User} ", StringComparison.Ordinal));
        foreach (var name in new[] { "one", "two" })
        {
            var rights = deployed.Replace("rm:*", $"{name}:*", StringComparison.Ordinal).Split(' ')[2..];
            await _server.CliAsync(["ACL", "SETUSER", name, .. rights]);
        }
    }

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task One_sees_hears_counts_and_clears_nothing_of_the_other()
    {
        var (first, second) = (new ScriptedStore { Description = "one" }, new ScriptedStore { Description = "two" });
        await using var one = await Node.StartAsync(AddressOf("one"), first, Near, flushes: false, role: "api");
        await using var two = await Node.StartAsync(AddressOf("two"), second, Near);
        await one.Texts.SetAsync("k", "one");
        await two.Texts.SetAsync("k", "two", Node.Stored);
        await two.Texts.SetAsync("only", "two", Node.Stored);

        // The worker of the second found nothing of the first's to flush, and the first nothing of what the second stored.
        Assert.Empty(first.Rows);
        Assert.Equal(("one", "two"), ((await one.Texts.GetAsync("k")).Value, (await two.Texts.GetAsync("k")).Value));
        Assert.Null((await one.Texts.GetAsync("only")).Value);
        Assert.Equal("api", Assert.Single(await one.ProcessesAsync()).Role);
        Assert.Equal((1, 0), (await CountAsync("one"), await CountAsync("two")));

        await two.Texts.InvalidateAllAsync();
        Assert.Equal(1, await CountAsync("one"));
        Assert.Equal("one", (await one.Texts.GetAsync("k")).Value);
        Assert.Equal("two", (await two.Texts.GetAsync("k")).Value);

        // Whoever had reached for the other's keys or channels would have been denied, and stand here.
        Assert.Empty(await _server.CliAsync("ACL", "LOG"));
        foreach (var (user, other) in new[] { ("one", "two"), ("two", "one") })
        {
            Assert.Contains(
                "NOPERM",
                await _server.CliAsync(user, RedisProcess.Password, ["GET", $"{other}:{{texts:0}}:s"]),
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public async Task A_signal_of_one_does_not_reach_an_observer_of_the_other()
    {
        await using var one = new RedisTierProvider(RedisOptions.Parse(AddressOf("one")));
        await using var two = new RedisTierProvider(RedisOptions.Parse(AddressOf("two")));
        await using var heard = one.Create("texts", new TierOptions { Partitions = 4 });
        await using var told = two.Create("texts", new TierOptions { Partitions = 4 });
        var ears = new Ears();
        using var subscription = heard.Subscribe(ears);
        await heard.InitializeAsync(Cancelled);
        await told.InitializeAsync(Cancelled);

        await told.WriteAsync("theirs", "v");
        await told.InvalidateAllAsync(Cancelled);
        await told.RemoveByTagAsync(["t"], Cancelled);
        await heard.WriteAsync("ours", "v");

        await Until.TrueAsync(() => ears.Keys.Contains("ours"), "its own change is heard");
        Assert.Equal(["ours"], ears.Keys);
        Assert.Equal(0, ears.Others);
    }

    private static void Near(CacheOptions options) => options.Near.Enabled = true;

    private string AddressOf(string name) => $"redis://{name}:{RedisProcess.Password}@127.0.0.1:{_server.Port}?prefix={name}";

    /// <summary>What the doctor counts as not stored.</summary>
    private async Task<long> CountAsync(string name)
    {
        await using var inspection = new RedisInspection(RedisOptions.Parse(AddressOf(name)), TimeProvider.System);
        await inspection.ConnectAsync(Cancelled);
        Assert.Empty(await inspection.FindDeniedAsync("texts", Cancelled));
        return (await inspection.CountAsync("texts", new TierOptions { Partitions = 4 }, Cancelled)).Entries;
    }

    private sealed class Ears : ITierObserver
    {
        private readonly System.Collections.Concurrent.ConcurrentQueue<string> _keys = new();
        private int _others;

        public IReadOnlyCollection<string> Keys => _keys;

        public int Others => Volatile.Read(ref _others);

        public void OnChanged(string key, long version) => _keys.Enqueue(key);

        public void OnCleared() => Interlocked.Increment(ref _others);

        public void OnTagRemoved(string tag) => Interlocked.Increment(ref _others);
    }
}
