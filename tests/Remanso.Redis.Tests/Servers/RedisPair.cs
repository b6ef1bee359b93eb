namespace Remanso.Redis.Tests.Servers;

/// <summary>A master and its replica, in step; and what operators do when the master fails.</summary>
internal sealed class RedisPair : IAsyncDisposable
{
    private const string NoDelay = "--repl-diskless-sync-delay";

    private RedisPair(RedisProcess master, RedisProcess replica) => (Master, Replica) = (master, replica);

    public RedisProcess Master { get; }

    public RedisProcess Replica { get; }

    public static async Task<RedisPair> StartAsync(string[]? master = null, string[]? replica = null)
    {
        var first = await RedisProcess.StartAsync([NoDelay, "0", .. master ?? []]);
        var second = await RedisProcess.StartAsync(["--replicaof", "127.0.0.1", $"{first.Port}", NoDelay, "0", .. replica ?? []]);
        await Until.TrueAsync(
            async () => (await first.CliAsync("info", "replication")).Contains("state=online", StringComparison.Ordinal),
            "the replica is in step"
        );
        return new(first, second);
    }

    /// <summary>What was a replica is a master, and nobody tells the other.</summary>
    public Task PromoteAsync() => Replica.CliAsync("replicaof", "no", "one");

    public async ValueTask DisposeAsync()
    {
        await Master.DisposeAsync();
        await Replica.DisposeAsync();
    }
}
