using Remanso.Benchmarks.Workloads;

namespace Remanso.Benchmarks.Paired;

/// <summary>What <c>HybridCache.GetOrCreateAsync</c> costs, beside the same call of the platform's memory cache.</summary>
internal static class HybridPairs
{
    private const int ChunkLength = 20_000;
    private const int ManyKeys = 100_000;

    private static readonly TimeSpan _sampleTime = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan _warmupTime = TimeSpan.FromSeconds(1);

    public static async IAsyncEnumerable<PairResult> RunAsync(int rounds, string redis)
    {
        foreach (var address in redis.Length > 0 ? new[] { "", redis } : [""])
        {
            var where = address.Length > 0 ? "near copy of Redis" : "memory tier";
            foreach (var (keys, which) in new[] { (1, "one hot key"), (ManyKeys, "100,000 keys in random order") })
            {
                yield return await HitAsync<string, Texts>($"hit, string, {where}, {which}", keys, address, rounds);
                yield return await HitAsync<Country, Countries>($"hit, immutable object, {where}, {which}", keys, address, rounds);
            }

            yield return await OwnAsync($"hit, an object of the caller's own (JSON), {where}, one hot key", address, rounds);
        }

        yield return await MissAsync("remove, miss and fill, memory tier", rounds);
    }

    private static async Task<PairResult> HitAsync<TValue, TKind>(string name, int keys, string redis, int rounds)
        where TValue : class
        where TKind : struct, IValueKind<TValue>
    {
        await using var workload = await HybridWorkload<TValue, TKind>.CreateAsync(keys, redis);
        return await RunAsync(new PairResult(name, "ns", Aim.AtMost(2, maxBytes: 40)), ReadHybrid, ReadMemory, rounds);

        // A loop each, so that each gets its own compiled code; one with a delegate in it would be a third thing.
        ValueTask<int> ReadHybrid()
        {
            for (int i = 0, position = 0; i < ChunkLength; i++)
            {
                workload.ReadHybrid(position);
                position = position + 1 < workload.Length ? position + 1 : 0;
            }

            return new(ChunkLength);
        }

        ValueTask<int> ReadMemory()
        {
            for (int i = 0, position = 0; i < ChunkLength; i++)
            {
                workload.ReadMemory(position);
                position = position + 1 < workload.Length ? position + 1 : 0;
            }

            return new(ChunkLength);
        }
    }

    private static async Task<PairResult> OwnAsync(string name, string redis, int rounds)
    {
        await using var workload = await HybridWorkload<Person, Persons>.CreateAsync(1, redis);
        var key = workload.BytesKey();
        return await RunAsync(new PairResult(name, "ns", Aim.AtMost(1.5)), ReadHybrid, ReadBytes, rounds);

        ValueTask<int> ReadHybrid()
        {
            for (var i = 0; i < ChunkLength; i++)
            {
                workload.ReadHybrid(0);
            }

            return new(ChunkLength);
        }

        ValueTask<int> ReadBytes()
        {
            for (var i = 0; i < ChunkLength; i++)
            {
                workload.ReadBytes(key);
            }

            return new(ChunkLength);
        }
    }

    private static async Task<PairResult> MissAsync(string name, int rounds)
    {
        await using var workload = await HybridWorkload<string, Texts>.CreateAsync(1, redis: "");
        return await RunAsync(
            new PairResult(name, "ns", Aim.AtMost(10)),
            () => RepeatAsync(workload.MissHybridAsync),
            () => RepeatAsync(workload.MissMemoryAsync),
            rounds
        );

        static async ValueTask<int> RepeatAsync(Func<ValueTask<int>> miss)
        {
            for (var i = 0; i < ChunkLength / 20; i++)
            {
                await miss();
            }

            return ChunkLength / 20;
        }
    }

    private static async Task<PairResult> RunAsync(PairResult result, Func<ValueTask<int>> ours, Func<ValueTask<int>> theirs, int rounds)
    {
        // The first round only warms up. Who goes first alternates: what the first leaves behind would otherwise always hit the second.
        for (var round = -1; round < rounds; round++)
        {
            var time = round < 0 ? _warmupTime : _sampleTime;
            var first = await MeasureAsync(time, round % 2 == 0 ? ours : theirs);
            var second = await MeasureAsync(time, round % 2 == 0 ? theirs : ours);
            if (round >= 0)
            {
                result.Add(round % 2 == 0 ? first : second, round % 2 == 0 ? second : first);
            }
        }

        return result;
    }

    private static async ValueTask<Sample> MeasureAsync(TimeSpan atLeast, Func<ValueTask<int>> chunk)
    {
        var bytes = GC.GetTotalAllocatedBytes(precise: true);
        var start = TimeProvider.System.GetTimestamp();
        long operations = 0;
        TimeSpan elapsed;
        do
        {
            operations += await chunk();
            elapsed = TimeProvider.System.GetElapsedTime(start);
        } while (elapsed < atLeast);

        return new Sample(elapsed.TotalNanoseconds / operations, (double)(GC.GetTotalAllocatedBytes(precise: true) - bytes) / operations);
    }
}
