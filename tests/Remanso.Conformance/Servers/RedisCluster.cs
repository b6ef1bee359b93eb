using System.Globalization;
using Xunit;

namespace Remanso.Conformance.Servers;

/// <summary>Three masters, and a replica for each.</summary>
public sealed class RedisCluster : IAsyncLifetime
{
    private const int Masters = 3;
    private const int BusDistance = 10_000;

    private readonly List<RedisProcess> _servers = [];

    public IReadOnlyList<RedisProcess> Servers => _servers;

    public string Address => RedisProcess.AddressOf(_servers);

    /// <summary>As <see cref="RedisProcess.AdminAddress"/>.</summary>
    public string AdminAddress => RedisProcess.AdminAddressOf(_servers);

    public async ValueTask InitializeAsync()
    {
        for (var i = 0; i < 2 * Masters; i++)
        {
            _servers.Add(
                await RedisProcess.StartAsync(
                    Ports.Free(BusDistance),
                    RedisProcess.MakeDirectory(),
                    isTls: false,
                    [
                        "--cluster-enabled",
                        "yes",
                        "--cluster-node-timeout",
                        "1000",
                        "--cluster-replica-validity-factor",
                        "0",
                        "--repl-diskless-sync-delay",
                        "0",
                        "--repl-ping-replica-period",
                        "1",
                    ]
                )
            );
        }
        await RedisProcess.ClusterCliAsync([
            "create",
            .. _servers.Select(s => $"127.0.0.1:{s.Port}"),
            "--cluster-replicas",
            "1",
            "--cluster-yes",
        ]);
        await Until.TrueAsync(IsReadyAsync, "the cluster is up, every master with its replica");
    }

    /// <summary>The master that serves a slot now, as the given server sees it.</summary>
    public async Task<RedisProcess> MasterOfAsync(int slot)
    {
        foreach (var line in await NodesAsync(_servers.First(s => s.IsRunning)))
        {
            if (line.IsMaster && !line.IsFailing && line.Serves(slot))
            {
                return _servers.Single(s => s.Port == line.Port);
            }
        }
        throw new InvalidOperationException($"Nobody serves slot {slot}.");
    }

    /// <summary>A replica of a master.</summary>
    public async Task<RedisProcess> ReplicaOfAsync(RedisProcess master)
    {
        var nodes = await NodesAsync(master);
        var id = nodes.Single(n => n.Port == master.Port).Id;
        var replica = nodes.First(n => n.MasterId == id);
        return _servers.Single(s => s.Port == replica.Port);
    }

    public static async Task<string> IdOfAsync(RedisProcess server) => await server.CliAsync("cluster", "myid");

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    private static async Task<List<ClusterNodeLine>> NodesAsync(RedisProcess server) =>
        [.. (await server.CliAsync("cluster", "nodes")).Split('\n').Select(ClusterNodeLine.Parse)];

    private async Task<bool> IsReadyAsync()
    {
        foreach (var server in _servers)
        {
            // A replica appears among the slots when its offset has got about, which takes a little longer.
            var info = await server.CliAsync("cluster", "info");
            var slots = await server.CliAsync("cluster", "slots");
            if (!info.Contains("cluster_state:ok", StringComparison.Ordinal) || slots.Split("127.0.0.1").Length - 1 != _servers.Count)
            {
                return false;
            }
            var replication = await server.CliAsync("info", "replication");
            if (
                !replication.Contains("state=online", StringComparison.Ordinal)
                && !replication.Contains("master_link_status:up", StringComparison.Ordinal)
            )
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>A line of CLUSTER NODES.</summary>
    private sealed record ClusterNodeLine(string Id, int Port, string Flags, string MasterId, string[] Slots)
    {
        public bool IsMaster => Flags.Contains("master", StringComparison.Ordinal);

        public bool IsFailing => Flags.Contains("fail", StringComparison.Ordinal);

        public static ClusterNodeLine Parse(string line)
        {
            var fields = line.Trim().Split(' ');
            var port = fields[1].Split('@')[0].Split(':')[^1];
            return new(fields[0], int.Parse(port, CultureInfo.InvariantCulture), fields[2], fields[3], fields[8..]);
        }

        public bool Serves(int slot) =>
            Slots
                .Where(static s => s[0] != '[')
                .Any(range =>
                {
                    var ends = range.Split('-').Select(s => int.Parse(s, CultureInfo.InvariantCulture)).ToArray();
                    return ends[0] <= slot && slot <= ends[^1];
                });
    }
}
