using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Redis.Resp;
using Remanso.Redis.Tests.Servers;
using Remanso.Redis.Tier;
using Remanso.Redis.Watch;
using Remanso.Testing;
using Xunit;

namespace Remanso.Redis.Tests.Promises;

/// <summary>A master that answers no question for a while hides nothing of the others.</summary>
public sealed class SlowMasterTests
{
    private readonly ManualTimeProvider _time = new();
    private volatile bool _isSlow;
    private volatile string _policy = "noeviction";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_policy_of_another_master_and_disagreements_of_caches_are_seen_meanwhile(bool isFirst)
    {
        await using var slow = new FakeRedis((connection, command) => AnswerAsync(connection, command, _isSlow)) { Mode = "cluster" };
        await using var other = new FakeRedis((connection, command) => AnswerAsync(connection, command, false)) { Mode = "cluster" };
        slow.Slots = other.Slots = $"*2\r\n{Range(0, 8191, isFirst ? slow : other)}{Range(8192, 16383, isFirst ? other : slow)}";
        await using var connection = new RedisConnection("rm", _time, NullLogger.Instance, gate => new RedisClient(
            PatientOptions.Of((isFirst ? slow : other).Address),
            TimeProvider.System,
            gate
        ));
        var cache = new CountingCache();
        connection.Servers.Add(cache);
        await connection.Client.ConnectAsync(TestContext.Current.CancellationToken);
        await Until.TrueAsync(() => connection.Client.Nodes.Count(static node => node.IsConnected) == 2, "both are connected");
        var first = connection.Client.Nodes.ToDictionary(static node => node, static node => node.Commands.Connection);
        _isSlow = true;
        connection.Servers.Start(connection.Client);

        await BeatUntilAsync(() => cache.Verified > 2, "the cache is looked at");
        _policy = "allkeys-lru";
        await BeatUntilAsync(() => connection.Servers.Problem is not null, "the policy is seen");
        Assert.Contains($"127.0.0.1:{other.Port}", connection.Servers.Problem, StringComparison.Ordinal);
        // It is still waited for.
        Assert.All(connection.Client.Nodes, node => Assert.Equal((true, first[node]), (node.IsConnected, node.Commands.Connection)));
    }

    private static string Range(int from, int to, FakeRedis server) =>
        $"*3\r\n:{from}\r\n:{to}\r\n*3\r\n$9\r\n127.0.0.1\r\n:{server.Port}\r\n$1\r\n{(from == 0 ? 'a' : 'b')}\r\n";

    private async Task BeatUntilAsync(Func<bool> condition, string what) =>
        await Until.TrueAsync(
            () =>
            {
                _time.Advance(ServerWatch.Every);
                return condition();
            },
            what
        );

    private Task AnswerAsync(FakeConnection connection, string[] command, bool isSlow)
    {
        var info = $"run_id:r\r\nmaster_replid:x\r\nmaxmemory_policy:{_policy}\r\n";
        connection.IsSilent |= isSlow;
        return command[0] switch
        {
            _ when isSlow => Task.CompletedTask,
            "INFO" => connection.SendAsync($"${info.Length}\r\n{info}\r\n"),
            _ => connection.SendAsync(":1\r\n"),
        };
    }

    private sealed class CountingCache : IWatchedCache
    {
        private int _verified;

        public int Verified => Volatile.Read(ref _verified);

        public CacheKeys Keys { get; } = new("rm", "c", partitions: 1);

        public void NoteRoom(long bytes) { }

        public ValueTask VerifyAsync(CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _verified);
            return ValueTask.CompletedTask;
        }
    }
}
