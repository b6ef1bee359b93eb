using Remanso.Benchmarks.Workloads;

namespace Remanso.Benchmarks.Paired;

/// <summary>What one operation costs, beside the least that could do its work.</summary>
internal static class CorePairs
{
    private const int ChunkLength = 50_000;

    private static readonly TimeSpan _sampleTime = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan _warmupTime = TimeSpan.FromSeconds(1);

    public static async IAsyncEnumerable<PairResult> RunAsync(int rounds)
    {
        await using (var hot = await ReadWorkload.CreateAsync(keys: 1))
        {
            yield return await ReadAsync("cached GET, one hot key", hot, Aim.AtMost(5, maxBytes: 0), rounds);
        }

        await using (var many = await ReadWorkload.CreateAsync(keys: 100_000))
        {
            yield return await ReadAsync("cached GET, 100,000 keys in random order", many, Aim.AtMost(2, maxBytes: 0), rounds);
        }

        var flight = new FlightWorkload();
        yield return await FlyAsync("single flight, the load completes at once", flight, synchronously: true, rounds);
        yield return await FlyAsync("single flight, the load completes later", flight, synchronously: false, rounds);
    }

    private static Task<PairResult> ReadAsync(string name, ReadWorkload workload, Aim aim, int rounds)
    {
        return RunAsync(new PairResult(name, "ns", aim), Ours, Bare, rounds);

        ValueTask<Sample> Ours(TimeSpan time) => new(Measure(time, ReadCache));

        ValueTask<Sample> Bare(TimeSpan time) => new(Measure(time, ReadDictionary));

        // A loop each, so that each gets its own compiled code; one with a delegate in it would be a third thing.
        int ReadCache()
        {
            var sum = 0;
            for (var i = 0; i < ChunkLength; i++)
            {
                sum += workload.ReadCache();
            }

            return sum;
        }

        int ReadDictionary()
        {
            var sum = 0;
            for (var i = 0; i < ChunkLength; i++)
            {
                sum += workload.ReadDictionary();
            }

            return sum;
        }
    }

    private static Task<PairResult> FlyAsync(string name, FlightWorkload workload, bool synchronously, int rounds) =>
        RunAsync(
            new PairResult(name, "ns", Aim.AtMost(1.5)),
            time => MeasureAsync(time, () => workload.FlyAsync(synchronously)),
            time => MeasureAsync(time, () => workload.BareAsync(synchronously)),
            rounds
        );

    private static async Task<PairResult> RunAsync(
        PairResult result,
        Func<TimeSpan, ValueTask<Sample>> ours,
        Func<TimeSpan, ValueTask<Sample>> bare,
        int rounds
    )
    {
        await ours(_warmupTime);
        await bare(_warmupTime);
        for (var round = 0; round < rounds; round++)
        {
            // Who goes first alternates: what the first leaves behind (garbage, heat) would otherwise always hit the second.
            var first = await (round % 2 == 0 ? ours : bare)(_sampleTime);
            var second = await (round % 2 == 0 ? bare : ours)(_sampleTime);
            result.Add(round % 2 == 0 ? first : second, round % 2 == 0 ? second : first);
        }

        return result;
    }

    private static Sample Measure(TimeSpan atLeast, Func<int> chunk)
    {
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var start = TimeProvider.System.GetTimestamp();
        long operations = 0;
        TimeSpan elapsed;
        do
        {
            chunk();
            operations += ChunkLength;
            elapsed = TimeProvider.System.GetElapsedTime(start);
        } while (elapsed < atLeast);

        return new Sample(elapsed.TotalNanoseconds / operations, (double)(GC.GetAllocatedBytesForCurrentThread() - bytes) / operations);
    }

    private static async ValueTask<Sample> MeasureAsync(TimeSpan atLeast, Func<ValueTask<int>> operation)
    {
        // Of all threads: a load that completes later goes on elsewhere.
        var bytes = GC.GetTotalAllocatedBytes(precise: true);
        var start = TimeProvider.System.GetTimestamp();
        long operations = 0;
        TimeSpan elapsed;
        do
        {
            for (var i = 0; i < ChunkLength / 50; i++)
            {
                await operation();
            }

            operations += ChunkLength / 50;
            elapsed = TimeProvider.System.GetElapsedTime(start);
        } while (elapsed < atLeast);

        return new Sample(elapsed.TotalNanoseconds / operations, (double)(GC.GetTotalAllocatedBytes(precise: true) - bytes) / operations);
    }
}
