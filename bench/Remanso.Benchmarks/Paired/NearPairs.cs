using Remanso.Benchmarks.Workloads;

namespace Remanso.Benchmarks.Paired;

/// <summary>What a hit in the near cache costs, beside a dictionary, the platform's cache and those of
/// BitFaster.Caching; alone and from two threads.</summary>
internal static class NearPairs
{
    private const int ChunkLength = 50_000;
    private const int ManyKeys = 100_000;

    private static readonly TimeSpan _sampleTime = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan _warmupTime = TimeSpan.FromSeconds(1);

    public static async IAsyncEnumerable<PairResult> RunAsync(int rounds)
    {
        await foreach (var result in RunAsync<string, Texts>(rounds))
        {
            yield return result;
        }

        await foreach (var result in RunAsync<Person, Persons>(rounds))
        {
            yield return result;
        }
    }

    private static async IAsyncEnumerable<PairResult> RunAsync<TValue, TKind>(int rounds)
        where TValue : class
        where TKind : struct, IValueKind<TValue>
    {
        foreach (var (name, keys) in new[] { ($"{TKind.Name}, one hot key", 1), ($"{TKind.Name}, 100,000 keys in random order", ManyKeys) })
        {
            await using var workload = await NearWorkload<TValue, TKind>.CreateAsync(keys);
            var dictionary = new PairResult($"{name}, beside ConcurrentDictionary", "ns", Aim.AtMost(2, maxBytes: 0));
            var memory = new PairResult($"{name}, beside MemoryCache", "ns", Aim.AtMost(0.99, maxBytes: 0));
            var scaling = new PairResult($"{name}, two threads beside one", "reads/µs", Aim.AtLeast(1.5));
            var lru = new PairResult($"{name}, beside ConcurrentLru", "ns");
            var lfu = new PairResult($"{name}, beside ConcurrentLfu", "ns");
            for (var round = -1; round < rounds; round++)
            {
                Run(workload, round, dictionary, memory, scaling);
                RunPeers(workload, round, lru, lfu);
            }

            yield return dictionary;
            yield return memory;
            yield return lru;
            yield return lfu;
            yield return scaling;
        }
    }

    private static void Run<TValue, TKind>(
        NearWorkload<TValue, TKind> workload,
        int round,
        PairResult dictionary,
        PairResult memory,
        PairResult scaling
    )
        where TValue : class
        where TKind : struct, IValueKind<TValue>
    {
        // The first round only warms up. Who goes first alternates: what the first leaves behind would otherwise always hit the second.
        var time = round < 0 ? _warmupTime : _sampleTime;
        var near = new Sample[2];
        Sample bare,
            platform;
        if (round % 2 == 0)
        {
            near[0] = Measure(time, () => ReadNear(workload));
            bare = Measure(time, () => ReadDictionary(workload));
            near[1] = Measure(time, () => ReadNear(workload));
            platform = Measure(time, () => ReadMemory(workload));
        }
        else
        {
            bare = Measure(time, () => ReadDictionary(workload));
            near[0] = Measure(time, () => ReadNear(workload));
            platform = Measure(time, () => ReadMemory(workload));
            near[1] = Measure(time, () => ReadNear(workload));
        }

        var two = MeasureTwo(time, () => ReadNear(workload));
        var one = Measure(time, () => ReadNear(workload));
        if (round >= 0)
        {
            dictionary.Add(near[0], bare);
            memory.Add(near[1], platform);
            scaling.Add(new Sample(two), new Sample(1000 / one.Value));
        }
    }

    private static void RunPeers<TValue, TKind>(NearWorkload<TValue, TKind> workload, int round, PairResult lru, PairResult lfu)
        where TValue : class
        where TKind : struct, IValueKind<TValue>
    {
        var time = round < 0 ? _warmupTime : _sampleTime;
        foreach (var (result, peer) in ((PairResult, Func<int>)[])[(lru, () => ReadLru(workload)), (lfu, () => ReadLfu(workload))])
        {
            var nearFirst = round % 2 == 0;
            var first = Measure(time, nearFirst ? () => ReadNear(workload) : peer);
            var second = Measure(time, nearFirst ? peer : () => ReadNear(workload));
            if (round >= 0)
            {
                result.Add(nearFirst ? first : second, nearFirst ? second : first);
            }
        }
    }

    // A loop each, so that each gets its own compiled code; one with a delegate in it would be a third thing.
    private static int ReadNear<TValue, TKind>(NearWorkload<TValue, TKind> workload)
        where TValue : class
        where TKind : struct, IValueKind<TValue>
    {
        var found = 0;
        for (int i = 0, position = 0; i < ChunkLength; i++)
        {
            found += workload.ReadNear(position) is not null ? 1 : 0;
            position = position + 1 < workload.Length ? position + 1 : 0;
        }

        return found;
    }

    private static int ReadDictionary<TValue, TKind>(NearWorkload<TValue, TKind> workload)
        where TValue : class
        where TKind : struct, IValueKind<TValue>
    {
        var found = 0;
        for (int i = 0, position = 0; i < ChunkLength; i++)
        {
            found += workload.ReadDictionary(position) is not null ? 1 : 0;
            position = position + 1 < workload.Length ? position + 1 : 0;
        }

        return found;
    }

    private static int ReadMemory<TValue, TKind>(NearWorkload<TValue, TKind> workload)
        where TValue : class
        where TKind : struct, IValueKind<TValue>
    {
        var found = 0;
        for (int i = 0, position = 0; i < ChunkLength; i++)
        {
            found += workload.ReadMemory(position) is not null ? 1 : 0;
            position = position + 1 < workload.Length ? position + 1 : 0;
        }

        return found;
    }

    private static int ReadLru<TValue, TKind>(NearWorkload<TValue, TKind> workload)
        where TValue : class
        where TKind : struct, IValueKind<TValue>
    {
        var found = 0;
        for (int i = 0, position = 0; i < ChunkLength; i++)
        {
            found += workload.ReadLru(position) is not null ? 1 : 0;
            position = position + 1 < workload.Length ? position + 1 : 0;
        }

        return found;
    }

    private static int ReadLfu<TValue, TKind>(NearWorkload<TValue, TKind> workload)
        where TValue : class
        where TKind : struct, IValueKind<TValue>
    {
        var found = 0;
        for (int i = 0, position = 0; i < ChunkLength; i++)
        {
            found += workload.ReadLfu(position) is not null ? 1 : 0;
            position = position + 1 < workload.Length ? position + 1 : 0;
        }

        return found;
    }

    private static Sample Measure(TimeSpan atLeast, Func<int> chunk)
    {
        var bytes = GC.GetAllocatedBytesForCurrentThread();
        var (operations, elapsed) = Repeat(atLeast, chunk);
        return new Sample(elapsed.TotalNanoseconds / operations, (double)(GC.GetAllocatedBytesForCurrentThread() - bytes) / operations);
    }

    /// <summary>Reads per microsecond of two threads together.</summary>
    private static double MeasureTwo(TimeSpan atLeast, Func<int> chunk)
    {
        var rates = new double[2];
        var threads = new Thread[rates.Length];
        using var start = new Barrier(rates.Length);
        for (var i = 0; i < threads.Length; i++)
        {
            var index = i;
            threads[i] = new Thread(() =>
            {
                start.SignalAndWait();
                var (operations, elapsed) = Repeat(atLeast, chunk);
                rates[index] = operations / elapsed.TotalMicroseconds;
            });
            threads[i].Start();
        }

        Array.ForEach(threads, static thread => thread.Join());
        return rates.Sum();
    }

    private static (long Operations, TimeSpan Elapsed) Repeat(TimeSpan atLeast, Func<int> chunk)
    {
        var start = TimeProvider.System.GetTimestamp();
        long operations = 0;
        TimeSpan elapsed;
        do
        {
            operations += chunk();
            elapsed = TimeProvider.System.GetElapsedTime(start);
        } while (elapsed < atLeast);

        return (operations, elapsed);
    }
}
