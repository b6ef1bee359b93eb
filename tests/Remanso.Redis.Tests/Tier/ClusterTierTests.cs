using Remanso.Conformance.Tiers;
using Remanso.Tiers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>What only a cluster can do to the tier.</summary>
[Collection(nameof(ClusterTests))]
public sealed class ClusterTierTests(RedisCluster cluster) : IAsyncDisposable
{
    private readonly TierBed _bed = new(cluster.Address);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task Partitions_on_all_servers_are_one_cache()
    {
        var tier = await _bed.StartAsync(options => options.Partitions = 64);
        var writes = Enumerable.Range(0, 500).Select(i => TierBed.Write($"key:{i}", $"{i}")).ToArray();
        Assert.All(await tier.WriteAllAsync(writes, Cancelled), static result => Assert.Equal(TierWriteOutcome.Accepted, result.Outcome));
        Assert.Equal(500, (await tier.DirtyAsync()).Entries);
        var reads = await tier.ReadAllAsync([.. writes.Select(write => write.Key)], 0, Cancelled);
        Assert.Equal(Enumerable.Range(0, 500).Select(i => $"{i}"), reads.Select(read => read.Entry!.Text()));
        await tier.FlushAsync();
        Assert.Equal(default, await tier.DirtyAsync());
    }

    [Fact]
    public async Task A_partition_that_is_moved_key_by_key_refuses_to_work_on_half_of_itself()
    {
        var tier = await _bed.StartAsync(options => options.Partitions = 1);
        var version = await tier.WriteAsync("a", "1");
        await tier.WriteAsync("b", "2");
        var leases = await tier.AcquireAllAsync();

        var slot = HashSlot.Of(_bed.Name(0, "q"));
        var source = await cluster.MasterOfAsync(slot);
        var target = await cluster.MasterOfAsync((slot + (HashSlot.Count / 2)) % HashSlot.Count);
        var (sourceId, targetId) = (await RedisCluster.IdOfAsync(source), await RedisCluster.IdOfAsync(target));
        await target.CliAsync("cluster", "setslot", $"{slot}", "importing", sourceId);
        await source.CliAsync("cluster", "setslot", $"{slot}", "migrating", targetId);
        await MoveAsync(_bed.Name(0, "s"), _bed.Name(0, "q"));

        // The entries are still there, their queue is not.
        await Assert.ThrowsAsync<TierUnavailableException>(async () => await tier.WriteAsync("a", "lost?"));
        await Assert.ThrowsAsync<TierUnavailableException>(async () => await tier.WriteAsync("new", "lost?"));
        await Assert.ThrowsAsync<TierUnavailableException>(async () => await tier.TakeAsync(leases));
        Assert.Equal("2", await target.FollowAsync("XLEN", _bed.Name(0, "q")));

        await MoveAsync(
            (await source.CliAsync("cluster", "getkeysinslot", $"{slot}", "100")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        );
        await target.CliAsync("cluster", "setslot", $"{slot}", "node", targetId);
        await source.CliAsync("cluster", "setslot", $"{slot}", "node", targetId);
        await Until.TrueAsync(async () => await cluster.MasterOfAsync(slot) == target, "the slot has moved");

        Assert.Equal(version, (await tier.HitAsync("a")).Version);
        var taken = await tier.TakeAsync(leases);
        Assert.Equal(["1", "2"], taken.OrderBy(entry => entry.Key).Select(entry => entry.Entry.Text()));
        Assert.All(await tier.SettleAsync([.. taken.Select(entry => entry.Stored())], Cancelled), static result =>
            Assert.Equal(SettleResult.Settled, result)
        );

        async Task MoveAsync(params string[] keys)
        {
            foreach (var key in keys)
            {
                await source.MigrateAsync(target, key);
            }
        }
    }
}
