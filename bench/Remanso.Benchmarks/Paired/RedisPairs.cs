using System.Globalization;
using Remanso.Benchmarks.Workloads;
using Remanso.Redis.Resp;
using Remanso.Redis.Resp.Protocol;
using Remanso.Redis.Scripts;
using Remanso.Redis.Tier;
using Remanso.Tiers;

namespace Remanso.Benchmarks.Paired;

/// <summary>The project's Redis client, many callers on its one connection, beside <see cref="RedisBenchmark"/> and
/// <see cref="StackExchangeClient"/> with the same commands.</summary>
internal static class RedisPairs
{
    private const int KeyCount = 100_000;

    private static readonly TimeSpan _sampleTime = TimeSpan.FromSeconds(1.5);
    private static readonly DirtyAmount _room = new(10 * KeyCount, 1L << 30);
    private static readonly PartitionKeys _partition = new("rm", "bench", 0);

    // Printable, for it also travels on a command line.
    private static readonly ReadOnlyMemory<byte> _value = Enumerable.Repeat((byte)'v', 64).ToArray();

    public static async IAsyncEnumerable<object> RunAsync(int rounds, string address)
    {
        await using var redis = new RedisServer(address);
        var client = redis.Client;
        await client.ConnectAsync(CancellationToken.None);
        await using var stackExchange = await StackExchangeClient.ConnectAsync(address);
        var benchmark = new RedisBenchmark(address, KeyCount);
        string[] keys =
        [
            .. Enumerable.Range(0, KeyCount).Select(static i => i.ToString("'key:'000000000000", CultureInfo.InvariantCulture)),
        ];

        await redis.EmptyAsync();
        foreach (var chunk in keys.Chunk(1_000))
        {
            await Task.WhenAll(
                chunk.Select(key => client.ExecuteAsync(RedisRoute.FirstKey, Replies.Done, default, "SET", key, _value).AsTask())
            );
        }

        var peers = new List<PeerResult>();
        foreach (var (callers, aim) in Settings())
        {
            var peer = new PeerResult($"GET, {callers} callers");
            peers.Add(peer);
            yield return await RunAsync(
                new PairResult($"GET, {callers} callers", "/s", Aim.AtLeast(aim)),
                peer,
                () =>
                    Callers.RunAsync(callers, _sampleTime, keys, key =>
                        client.ExecuteAsync(RedisRoute.FirstKey, static (ref reply) => reply.ReadByteArray(), default, "GET", key)
                    ),
                () => Callers.RunAsync(callers, _sampleTime, keys, stackExchange.GetAsync),
                requests => benchmark.RunAsync(requests, ["GET", "key:" + RedisBenchmark.RandomKey]),
                static () => Task.CompletedTask,
                rounds
            );
        }

        var recorded = new RecordedCommand();
        await WriteAsync(recorded, "key:" + RedisBenchmark.RandomKey);
        var digest = await redis.ExecuteAsync(Replies.Text, "SCRIPT", "LOAD", recorded.Body);
        var digestBytes = Convert.FromHexString(digest!);
        var texts = new RecordedTexts(recorded.Arguments, "key:" + RedisBenchmark.RandomKey);
        foreach (var (callers, aim) in Settings())
        {
            var peer = new PeerResult($"the tier's write script, {callers} callers");
            peers.Add(peer);

            // Each sample begins with nothing: the first write of a key queues a marker, the later ones replace its value.
            yield return await RunAsync(
                new PairResult($"the tier's write script, {callers} callers", "/s", Aim.AtLeast(aim)),
                peer,
                () => Callers.RunAsync(callers, _sampleTime, keys, key => WriteAsync(client, key)),
                () => Callers.RunAsync(callers, _sampleTime, keys, key => stackExchange.EvalAsync(digestBytes, texts, key)),
                async requests =>
                {
                    var perSecond = await benchmark.RunAsync(requests, ["EVALSHA", digest!, .. recorded.Arguments]);
                    return await client.ExecuteAsync(RedisRoute.FirstKey, Replies.Int64, default, "XLEN", _partition.Queue) > 0
                        ? perSecond
                        : throw new InvalidOperationException("What redis-benchmark sent wrote nothing.");
                },
                redis.EmptyAsync,
                rounds
            );
        }

        await redis.EmptyAsync();
        yield return $"\n## Beside {StackExchangeClient.Name}\n";
        yield return PeerResult.TableHead;
        foreach (var peer in peers)
        {
            yield return peer;
        }
    }

    private static (int Callers, double Aim)[] Settings() => [(64, 0.9), (512, 0.95)];

    private static ValueTask<WriteReply> WriteAsync(IRedisClient client, string key) =>
        WriteScript.RunAsync(
            client,
            _partition,
            new TierWrite
            {
                Key = key,
                Value = _value,
                ContentType = "application/octet-stream",
            },
            _room,
            most: 0,
            KeyCount,
            1,
            noteMilliseconds: 0,
            keepsVersions: false,
            terms: 0,
            default
        );

    private static async Task<PairResult> RunAsync(
        PairResult result,
        PeerResult peerResult,
        Func<Task<double>> ours,
        Func<Task<double>> peer,
        Func<int, Task<double>> bare,
        Func<Task> prepare,
        int rounds
    )
    {
        // redis-benchmark wants a number of requests, not a time: a short run tells how many make one of the same length.
        await prepare();
        await ours();
        await prepare();
        await peer();
        await prepare();
        var requests = (int)(await bare(50_000) * _sampleTime.TotalSeconds);
        for (var round = 0; round < rounds; round++)
        {
            CallCost mine = default,
                theirs = default;
            var other = 0d;

            // Who goes first alternates.
            foreach (var side in round % 2 == 0 ? (int[])[0, 1, 2] : [2, 1, 0])
            {
                await prepare();
                switch (side)
                {
                    case 0:
                        mine = await CallCost.MeasureAsync(ours);
                        break;
                    case 1:
                        other = await bare(requests);
                        break;
                    default:
                        theirs = await CallCost.MeasureAsync(peer);
                        break;
                }
            }

            result.Add(new Sample(mine.PerSecond), new Sample(other));
            peerResult.Add(mine, theirs);
        }

        return result;
    }
}
