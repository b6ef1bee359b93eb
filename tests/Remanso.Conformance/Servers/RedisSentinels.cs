namespace Remanso.Conformance.Servers;

/// <summary>A master with a replica, and three sentinels that watch over them.</summary>
public sealed class RedisSentinels : IAsyncDisposable
{
    /// <summary>What the sentinels call the set.</summary>
    public const string Name = "pool";

    private const int Replicas = 1;
    private const int Count = 3;

    private readonly List<RedisProcess> _servers = [];
    private readonly List<SentinelProcess> _sentinels = [];

    private RedisSentinels() { }

    public IReadOnlyList<RedisProcess> Servers => _servers;

    public IReadOnlyList<SentinelProcess> Sentinels => _sentinels;

    /// <summary>For tiers: as the deployed user of the servers, and as the sentinels' <see cref="SentinelProcess.User"/>.</summary>
    public string Address => AddressOf(_sentinels);

    /// <summary>The address by way of some of the sentinels.</summary>
    public static string AddressOf(params IEnumerable<SentinelProcess> sentinels) =>
        $"redis+sentinel://{RedisProcess.User}:{RedisProcess.Password}@"
        + string.Join(',', sentinels.Select(static sentinel => $"127.0.0.1:{sentinel.Port}"))
        + $"/{Name}?sentinelUser={SentinelProcess.User}&sentinelPassword={SentinelProcess.Password}";

    public static async Task<RedisSentinels> StartAsync()
    {
        var set = new RedisSentinels();
        var master = await RedisProcess.StartAsync("--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1");
        set._servers.Add(master);
        for (var i = 0; i < Replicas; i++)
        {
            set._servers.Add(
                await RedisProcess.StartAsync(
                    "--replicaof",
                    "127.0.0.1",
                    $"{master.Port}",
                    "--repl-diskless-sync-delay",
                    "0",
                    "--repl-ping-replica-period",
                    "1"
                )
            );
        }
        for (var i = 0; i < Count; i++)
        {
            set._sentinels.Add(SentinelProcess.Start(Name, master, quorum: 2));
        }
        await Until.TrueAsync(set.IsReadyAsync, "the sentinels know each other and the replicas");
        return set;
    }

    /// <summary>The server that the sentinels name.</summary>
    public async Task<RedisProcess> MasterAsync()
    {
        var address = (await _sentinels[^1].CliAsync("sentinel", "get-master-addr-by-name", Name)).Split('\n');
        return _servers.Single(server => $"{server.Port}" == address[1].Trim());
    }

    /// <summary>Has a sentinel make another master, as an operator does; it may not be ready to at once.</summary>
    public static Task FailOverAsync(SentinelProcess sentinel) =>
        Until.TrueAsync(async () => await sentinel.CliAsync("sentinel", "failover", Name) is "OK", "the sentinel makes another master");

    public async ValueTask DisposeAsync()
    {
        foreach (var sentinel in _sentinels)
        {
            await sentinel.DisposeAsync();
        }
        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }
    }

    private async Task<bool> IsReadyAsync()
    {
        foreach (var sentinel in _sentinels)
        {
            try
            {
                var master = (await sentinel.CliAsync("sentinel", "master", Name)).Split('\n', StringSplitOptions.TrimEntries);
                if (Field(master, "num-slaves") != $"{Replicas}" || Field(master, "num-other-sentinels") != $"{Count - 1}")
                {
                    return false;
                }
                var replicas = await sentinel.CliAsync("sentinel", "replicas", Name);
                if (replicas.Split("master-link-status\nok").Length - 1 != Replicas)
                {
                    return false;
                }
            }
            catch (InvalidOperationException)
            {
                return false; // It does not listen yet.
            }
        }
        return true;
    }

    private static string Field(string[] lines, string name) => lines[Array.IndexOf(lines, name) + 1];
}
