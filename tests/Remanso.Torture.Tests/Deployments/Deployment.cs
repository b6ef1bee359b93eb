using System.Globalization;
using Remanso.Conformance.Servers;
using Remanso.Torture.Tests.Support;

namespace Remanso.Torture.Tests.Deployments;

/// <summary>What a user runs: processes that serve, processes that flush, one tier, and one database, which is new.</summary>
internal sealed class Deployment : IAsyncDisposable
{
    /// <summary>The partitions of a cache, unless set.</summary>
    public const int Partitions = 64;

    private readonly List<ServerProcess> _apis = [];
    private readonly List<ServerProcess> _workers = [];
    private readonly string _tier;
    private readonly Func<RedisProcess> _redis;
    private readonly IReadOnlyList<string> _settings;

    private Deployment(string tier, Func<RedisProcess> redis, Database database, IReadOnlyList<string> settings)
    {
        _tier = tier;
        _redis = redis;
        _settings = settings;
        Database = database;
    }

    public IReadOnlyList<ServerProcess> Apis => _apis;

    public ServerProcess Api => _apis[0];

    public IReadOnlyList<ServerProcess> Workers => _workers;

    public Database Database { get; }

    /// <summary>Starts processes of one server on one Redis.</summary>
    public static Task<Deployment> StartAsync(
        PostgresServer postgres,
        RedisProcess redis,
        int apis = 1,
        int workers = 2,
        IReadOnlyList<string>? settings = null
    ) => StartAsync(postgres, redis.Address, () => redis, apis, workers, settings ?? []);

    /// <summary>Starts processes of one server on a cluster.</summary>
    public static Task<Deployment> StartAsync(PostgresServer postgres, RedisCluster cluster, int apis = 1, int workers = 2) =>
        StartAsync(postgres, cluster.Address, () => cluster.Servers.First(static server => server.IsRunning), apis, workers, settings: []);

    /// <summary>Starts one more worker.</summary>
    public async Task<ServerProcess> AddWorkerAsync()
    {
        var worker = await StartAsync("worker", _workers.Count + 1);
        _workers.Add(worker);
        return worker;
    }

    /// <summary>The leases that a worker holds.</summary>
    public async Task<int> CountLeasesAsync(ServerProcess worker)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $":{worker.Id}:");
        var owners = await AskEachPartitionAsync("own", "get");
        return owners.Count(owner => owner.Contains(name, StringComparison.Ordinal));
    }

    /// <summary>Waits until nothing is dirty: by the count that the API shows, and by the queues themselves.</summary>
    public async Task DrainAsync()
    {
        await Patient.UntilAsync(IsCleanAsync, "nothing is dirty");

        // What was settled out of turn leaves its marker to the next take.
        await Patient.UntilAsync(
            async () => (await AskEachPartitionAsync("q", "xlen")).All(static length => length == "0"),
            "the queues are empty"
        );

        // Dirty entries, their bytes and queued markers; dead letters.
        Assert.All(await AskEachPartitionAsync("s", "getrange", "0", "23"), static sums => Assert.Matches("^\0*$", sums));
        Assert.All(await AskEachPartitionAsync("s", "getrange", "48", "55"), static sums => Assert.Matches("^\0*$", sums));
    }

    /// <summary>What the processes printed last.</summary>
    public string Logs() => string.Join('\n', _apis.Concat(_workers).Select(static server => server.Log()));

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _workers.Concat(_apis))
        {
            await server.DisposeAsync();
        }
    }

    private static async Task<Deployment> StartAsync(
        PostgresServer postgres,
        string tier,
        Func<RedisProcess> redis,
        int apis,
        int workers,
        IReadOnlyList<string> settings
    )
    {
        var deployment = new Deployment(tier, redis, await Database.CreateAsync(postgres), settings);
        try
        {
            deployment._apis.AddRange(await Task.WhenAll(Enumerable.Range(1, apis).Select(i => deployment.StartAsync("api", i))));
            deployment._workers.AddRange(await Task.WhenAll(Enumerable.Range(1, workers).Select(i => deployment.StartAsync("worker", i))));
            await deployment.Database.RecordVersionsAsync();
            return deployment;
        }
        catch
        {
            await deployment.DisposeAsync();
            throw;
        }
    }

    private Task<ServerProcess> StartAsync(string role, int number) =>
        ServerProcess.StartAsync(
            $"{role} {number}",
            ["--role", role, "--tier", _tier, "--store", Database.Url, "--Remanso:Caches:default:Flush:Lease=2s", .. _settings]
        );

    private async Task<bool> IsCleanAsync()
    {
        var statistics = await Statistics.ReadAsync(Api.Client);
        return statistics is { DirtyEntries: 0, DirtyBytes: 0, DeadLetters: 0 };
    }

    /// <summary>A command about a key of every partition.</summary>
    private Task<string[]> AskEachPartitionAsync(string key, string command, params string[] arguments) =>
        Task.WhenAll(
            Enumerable
                .Range(0, Partitions)
                .Select(partition => _redis().FollowAsync([command, $"rm:{{default:{partition}}}:{key}", .. arguments]))
        );
}
