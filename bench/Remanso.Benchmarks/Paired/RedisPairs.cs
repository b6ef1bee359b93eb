using System.Globalization;
using Remanso.Benchmarks.Workloads;
using Remanso.Redis.Resp;
using Remanso.Redis.Resp.Protocol;
using Remanso.Redis.Scripts;
using Remanso.Redis.Tier;
using Remanso.Tiers;

namespace Remanso.Benchmarks.Paired;

/// <summary>The project's Redis client, many callers on its one connection, beside <see cref="RedisBenchmark"/> with
/// the same commands.</summary>
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

        foreach (var (callers, aim) in Settings())
        {
            yield return await RunPairAsync(
                new PairResult($"GET, {callers} callers", "/s", Aim.AtLeast(aim)),
                () =>
                    Callers.RunAsync(callers, _sampleTime, keys, key =>
                        client.ExecuteAsync(RedisRoute.FirstKey, Replies.Bytes, default, "GET", key)
                    ),
                requests => benchmark.RunAsync(requests, ["GET", "key:" + RedisBenchmark.RandomKey]),
                static () => Task.CompletedTask,
                rounds
            );
        }

        var recorded = new RecordedCommand();
        await WriteAsync(recorded, "key:" + RedisBenchmark.RandomKey);
        var digest = await redis.ExecuteAsync(Replies.Text, "SCRIPT", "LOAD", recorded.Body);
        foreach (var (callers, aim) in Settings())
        {
            // Each sample begins with nothing: the first write of a key queues a marker, the later ones replace its value.
            yield return await RunPairAsync(
                new PairResult($"the tier's write script, {callers} callers", "/s", Aim.AtLeast(aim)),
                () => Callers.RunAsync(callers, _sampleTime, keys, key => WriteAsync(client, key)),
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

    private static async Task<PairResult> RunPairAsync(
        PairResult result,
        Func<Task<double>> ours,
        Func<int, Task<double>> bare,
        Func<Task> prepare,
        int rounds
    )
    {
        // redis-benchmark wants a number of requests, not a time: a short run tells how many make one of the same length.
        await prepare();
        await ours();
        await prepare();
        var requests = (int)(await bare(50_000) * _sampleTime.TotalSeconds);
        for (var round = 0; round < rounds; round++)
        {
            var first = await MeasureAsync(isOurs: round % 2 == 0);
            var second = await MeasureAsync(isOurs: round % 2 != 0);
            var (mine, other) = round % 2 == 0 ? (first, second) : (second, first);
            result.Add(new Sample(mine), new Sample(other));
        }

        return result;

        async Task<double> MeasureAsync(bool isOurs)
        {
            await prepare();
            return isOurs ? await ours() : await bare(requests);
        }
    }
}
