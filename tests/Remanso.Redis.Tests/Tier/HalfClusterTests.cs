using Remanso.Conformance.Support;
using Remanso.Redis.Resp;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>A master of a cluster hangs, its replica too: what lies on the others goes on to the store.</summary>
public sealed class HalfClusterTests : IAsyncLifetime
{
    private const int Partitions = 16;

    private static readonly TimeSpan _lease = TimeSpan.FromSeconds(6);

    private readonly RedisCluster _cluster = new();
    private readonly ScriptedStore _store = new();
    private readonly string _name = TierServer.NewCache();

    public ValueTask InitializeAsync() => _cluster.InitializeAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Keys_on_the_other_masters_reach_the_store(bool hasWorkers)
    {
        // Where the beats of the workers are, or elsewhere.
        var workers = HashSlot.Of($"rm:{{{_name}}}:workers");
        var hanging = await _cluster.MasterOfAsync(hasWorkers ? workers : (workers + (HashSlot.Count / 2)) % HashSlot.Count);
        var replica = await _cluster.ReplicaOfAsync(hanging);
        foreach (var server in _cluster.Servers)
        {
            await server.CliAsync("CONFIG", "SET", "cluster-require-full-coverage", "no");
        }

        var (away, well) = await KeysAsync(hanging);
        await using var process = await CacheProcess.DeclareAsync(RedisOptions.Parse(_cluster.Address), _name, _store, static it =>
        {
            it.Options.Tier.Partitions = Partitions;
            it.Options.Flush.Interval = TimeSpan.FromMilliseconds(20);
        });
        foreach (var key in (string[])[.. away, .. well])
        {
            await process.Cache.SetAsync(key, "before");
        }

        await Until.TrueAsync(() => _store.Rows.Count == away.Length + well.Length, "all is stored");
        replica.Freeze();
        hanging.Freeze();

        // For longer than a lease lasts: those of the others are renewed meanwhile.
        var began = TimeProvider.System.GetTimestamp();
        for (var round = 0; TimeProvider.System.GetElapsedTime(began) < 2 * _lease; round++)
        {
            foreach (var key in well)
            {
                await process.Cache.SetAsync(key, $"{round}");
            }

            await Until.TrueAsync(() => Array.TrueForAll(well, key => _store.Text(key) == $"{round}"), $"round {round} is stored");
        }

        await Until.TrueAsync(() => process.Problem is not null, "the process tells that partitions are left out");
        hanging.Thaw();
        replica.Thaw();
        await Until.TrueAsync(() => process.Problem is null, "all is well again");
        // Which of the two is master now may still be decided.
        await Until.TrueAsync(() => TryWriteAsync(process, away[0]), "the others are written again");
        await Until.TrueAsync(() => _store.Text(away[0]) == "after", "the others are flushed again");
    }

    private static async Task<bool> TryWriteAsync(CacheProcess process, string key)
    {
        try
        {
            await process.Cache.SetAsync(key, "after");
            return true;
        }
        catch (TierUnavailableException)
        {
            return false;
        }
    }

    /// <summary>A key of each partition: of those on a master, and of the others.</summary>
    private async Task<(string[] There, string[] Elsewhere)> KeysAsync(RedisProcess master)
    {
        var (there, elsewhere) = (new List<string>(), new List<string>());
        for (var partition = 0; partition < Partitions; partition++)
        {
            var key = Enumerable
                .Range(0, int.MaxValue)
                .Select(static i => $"key:{i}")
                .First(key => Partition.Of(key, Partitions) == partition);
            var isThere = await _cluster.MasterOfAsync(HashSlot.Of($"rm:{{{_name}:{partition}}}:s")) == master;
            (isThere ? there : elsewhere).Add(key);
        }

        return ([.. there], [.. elsewhere]);
    }
}
