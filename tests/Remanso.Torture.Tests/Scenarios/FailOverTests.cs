using System.Globalization;
using Remanso.Conformance.Servers;
using Remanso.Torture.Tests.Deployments;
using Remanso.Torture.Tests.Load;
using Remanso.Torture.Tests.Support;

namespace Remanso.Torture.Tests.Scenarios;

/// <summary>A Redis Cluster of three masters and their replicas changes its masters under load.</summary>
/// <remarks>Redis replicates behind its replies, so a master that is killed may take acknowledged writes along; no
/// client can prevent that. What can be asked is that nothing is lost beyond it. A planned fail-over loses nothing: it
/// happens at full speed. Before a kill the writers pause until the replica has everything, and go on in the same
/// moment: all that was acknowledged before is on the replica, all that is acknowledged afterwards comes from a master
/// that lives.</remarks>
public sealed class FailOverTests(PostgresServer postgres)
{
    // A slot that the fail-overs are about; its number is of no matter.
    private const int Slot = 5000;

    // The cluster's node time-out is 1 s; then come the vote, and the client's look at the new map.
    private static readonly TimeSpan _longestOutage = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_cluster_that_changes_its_masters_loses_no_replicated_write()
    {
        var cluster = new RedisCluster();
        await using var _ = cluster;
        await cluster.InitializeAsync();
        await using var deployment = await Deployment.StartAsync(postgres, cluster);
        using var scenario = new Scenario(deployment);

        await scenario.RunAsync(
            "Redis Cluster fails over",
            $"{Scale.Current.Rounds} planned fail-overs, {Scale.Current.Rounds} masters killed",
            Scenario.Rounds(() => PlannedAsync(cluster), () => KillMasterAsync(cluster, scenario.Load))
        );
    }

    private static async Task PlannedAsync(RedisCluster cluster)
    {
        var replica = await cluster.ReplicaOfAsync(await cluster.MasterOfAsync(Slot));
        await replica.CliAsync("cluster", "failover");
        await Patient.UntilAsync(async () => await cluster.MasterOfAsync(Slot) == replica, "the replica is the master");
    }

    private static async Task KillMasterAsync(RedisCluster cluster, WriteLoad load)
    {
        var master = await cluster.MasterOfAsync(Slot);
        var replica = await cluster.ReplicaOfAsync(master);
        await Patient.UntilAsync(async () => (await FieldAsync(replica, "master_link_status")) == "up", "the replica follows");
        long killed;
        using (await load.PauseAsync())
        {
            var offset = long.Parse(await FieldAsync(master, "master_repl_offset"), CultureInfo.InvariantCulture);
            await Patient.UntilAsync(
                async () => long.Parse(await FieldAsync(replica, "slave_repl_offset"), CultureInfo.InvariantCulture) >= offset,
                "the replica has what was acknowledged"
            );
            master.Kill();
            killed = TimeProvider.System.GetTimestamp();
        }

        await Patient.UntilAsync(async () => await cluster.MasterOfAsync(Slot) == replica, "the replica was promoted");
        await load.ReachAsync(load.Acknowledged + (Scale.Current.Keys / 10));
        var outage = TimeProvider.System.GetElapsedTime(killed, Math.Max(killed, load.LastRefusal));
        Assert.True(outage < _longestOutage, $"The API still refused {outage} after the master was killed.");

        await master.StartAgainAsync();
        await Patient.UntilAsync(async () => await FieldAsync(master, "master_link_status") == "up", "the old master follows the new one");
    }

    private static async Task<string> FieldAsync(RedisProcess server, string field)
    {
        var lines = (await server.CliAsync("info", "replication")).Split('\n', StringSplitOptions.TrimEntries);
        return lines.FirstOrDefault(line => line.StartsWith(field + ':', StringComparison.Ordinal))?[(field.Length + 1)..] ?? string.Empty;
    }
}
