using Remanso.Conformance.Support;
using Remanso.Redis.Tests.Tier;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>Every process of a cache is seen by all.</summary>
public sealed class ProcessesTests(TierServer server) : IAsyncLifetime
{
    private readonly string _prefix = TierServer.NewCache();
    private readonly ScriptedStore _store = new();

    private string Address => $"{server.Address}/0?prefix={_prefix}";

    public async ValueTask InitializeAsync() => await server.Process.AllowPrefixAsync(_prefix);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Each_process_sees_all_with_role_version_and_partitions()
    {
        await using var worker = await Node.StartAsync(Address, _store, role: "worker");
        await using var api = await Node.StartAsync(Address, _store, flushes: false, role: "api");
        foreach (var node in new[] { worker, api })
        {
            IReadOnlyList<RemansoProcess> seen = [];
            await Until.TrueAsync(
                async () =>
                    (seen = await node.ProcessesAsync()) is [_, var second]
                    && second.Caches.All(static share => share.Partitions.Count == 4),
                "both are seen, and that the worker holds all partitions"
            );

            Assert.Equal(["api", "worker"], seen.Select(static process => process.Role));
            Assert.Equal([node == api, node == worker], seen.Select(static process => process.IsThis));
            Assert.All(seen, static process =>
            {
                Assert.True(process.IsAlive);
                Assert.Equal((Environment.MachineName, Environment.ProcessId), (process.Machine, process.ProcessId));
                Assert.Matches("^[0-9a-f]{12}$", process.Id);
                Assert.NotEmpty(process.Version);
                Assert.Equal(["counters", "texts"], process.Caches.Select(static share => share.Cache));
                Assert.All(process.Caches, static share => Assert.Equal(4, share.PartitionCount));
            });
            Assert.All(seen[0].Caches, static share => Assert.Equal((false, 0), (share.Flushes, share.Partitions.Count)));
            Assert.All(seen[1].Caches, static share => Assert.Equal([0, 1, 2, 3], share.Partitions));
        }
    }

    [Fact]
    public async Task Who_stops_takes_its_leave()
    {
        await using var stays = await Node.StartAsync(Address, _store);
        var goes = await Node.StartAsync(Address, _store);
        await Until.TrueAsync(async () => (await stays.ProcessesAsync()).Count == 2, "both are seen");

        await goes.DisposeAsync();

        Assert.True(Assert.Single(await stays.ProcessesAsync()).IsThis);
    }
}
