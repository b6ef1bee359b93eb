using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Servers;
using Remanso.Redis.Tests.Tier;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>One master of a cluster refuses writes: what lies on it waits, which is told, and the others' goes on.</summary>
public sealed class HeldClusterFlushTests : IAsyncLifetime
{
    private const int Partitions = 16;

    private readonly RedisCluster _cluster = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _cluster.InitializeAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_tells_the_part_that_waits_once_and_no_end_before_that_is_flushed(bool hasWorkers)
    {
        var name = TierServer.NewCache();
        var workers = HashSlot.Of($"rm:{{{name}}}:workers");
        var refusing = await _cluster.MasterOfAsync(hasWorkers ? workers : (workers + (HashSlot.Count / 2)) % HashSlot.Count);
        var (held, others) = await KeysAsync(name, refusing);
        await using var worker = await HeldWorker.StartAsync(PatientOptions.Of(_cluster.Address), name, Partitions);
        await worker.BeginSaveAsync(held[0]);
        // It has one.
        await refusing.CliAsync("CONFIG", "SET", "min-replicas-to-write", "2");
        worker.EndSave();

        await Until.TrueAsync(() => worker.Lines("can't be flushed") > 0, "it tells that a part can't be flushed");
        Assert.Equal(1, worker.Lines($"{held.Length} of the {Partitions} partitions can't be flushed"));
        Assert.Contains(worker.Log.Lines, static line => line.Contains("NOREPLICAS", StringComparison.Ordinal));
        var errors = worker.FlushErrors;
        for (var round = 0; round < 5 || worker.FlushErrors <= errors + 3; round++)
        {
            foreach (var key in others)
            {
                await worker.Cache.SetAsync(key, $"{round}");
            }

            await Until.TrueAsync(() => Array.TrueForAll(others, key => worker.Store.Text(key) == $"{round}"), $"round {round} is stored");
        }

        Assert.Equal(
            (1, 0, 0),
            (worker.Lines("can't be flushed"), worker.Lines("nothing can be flushed"), worker.Lines("the flush goes on"))
        );

        await refusing.CliAsync("CONFIG", "SET", "min-replicas-to-write", "0");
        await Until.TrueAsync(() => worker.Lines("the flush goes on") == 1, "it tells that it goes on");
        await worker.Cache.SetAsync(held[^1], "after");
        await worker.Cache.Operations.FlushAsync(Cancelled);
        Assert.Equal(("v", "after"), (worker.Store.Text(held[0]), worker.Store.Text(held[^1])));
        Assert.Equal(
            (1, 0, 1),
            (worker.Lines("can't be flushed"), worker.Lines("nothing can be flushed"), worker.Lines("the flush goes on"))
        );
    }

    /// <summary>A key of each partition: of those on a master, and of the others.</summary>
    private async Task<(string[] There, string[] Elsewhere)> KeysAsync(string name, RedisProcess master)
    {
        var (there, elsewhere) = (new List<string>(), new List<string>());
        for (var partition = 0; partition < Partitions; partition++)
        {
            var key = Enumerable
                .Range(0, int.MaxValue)
                .Select(static i => $"key:{i}")
                .First(key => Partition.Of(key, Partitions) == partition);
            var isThere = await _cluster.MasterOfAsync(HashSlot.Of($"rm:{{{name}:{partition}}}:s")) == master;
            (isThere ? there : elsewhere).Add(key);
        }

        return ([.. there], [.. elsewhere]);
    }
}
