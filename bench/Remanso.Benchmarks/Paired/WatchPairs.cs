using Remanso.Benchmarks.Workloads;

namespace Remanso.Benchmarks.Paired;

/// <summary>What writers pay for those who watch.</summary>
internal static class WatchPairs
{
    private const int KeyCount = 100_000;
    private const int Watchers = 1_000;

    private static readonly TimeSpan _sampleTime = TimeSpan.FromSeconds(1);
    private static readonly byte[] _value = new byte[100];

    public static async IAsyncEnumerable<PairResult> RunAsync(int rounds)
    {
        var keys = Keys.Shuffled(KeyCount);
        yield return await RunAsync("a write, 1,000 watchers of a key each of 100,000", keys, rounds, number =>
            new() { Keys = [keys[number]] }
        );
        yield return await RunAsync("a write, one watcher of everything", keys, rounds, static number => number == 0 ? new() : null);
    }

    private static async Task<PairResult> RunAsync(string name, string[] keys, int rounds, Func<int, WatchOptions<string>?> watched)
    {
        var (watchedServices, ours) = await Caches.StartAsync();
        var (services, bare) = await Caches.StartAsync();
        await using var one = watchedServices;
        await using var other = services;
        using var stop = new CancellationTokenSource();
        var watching = Enumerable
            .Range(0, Watchers)
            .Select(watched)
            .OfType<WatchOptions<string>>()
            .Select(options => WatchAsync(ours, options, stop.Token))
            .ToArray();
        var result = new PairResult(name, "ns", Aim.AtMost(1.05));
        await MeasureAsync(ours, keys);
        await MeasureAsync(bare, keys);
        for (var round = 0; round < rounds; round++)
        {
            var first = await MeasureAsync(round % 2 == 0 ? ours : bare, keys);
            var second = await MeasureAsync(round % 2 == 0 ? bare : ours, keys);
            result.Add(round % 2 == 0 ? first : second, round % 2 == 0 ? second : first);
        }

        await stop.CancelAsync();
        await Task.WhenAll(watching);
        return result;
    }

    private static async Task WatchAsync(ICache<string, ReadOnlyMemory<byte>> cache, WatchOptions<string> options, CancellationToken stop)
    {
        try
        {
            await foreach (var _ in cache.WatchAsync(options, stop))
            {
                // What it is told is not looked at.
            }
        }
        catch (OperationCanceledException)
        {
            // The measurement is over.
        }
    }

    private static async ValueTask<Sample> MeasureAsync(ICache<string, ReadOnlyMemory<byte>> cache, string[] keys)
    {
        var start = TimeProvider.System.GetTimestamp();
        long operations = 0;
        TimeSpan elapsed;
        do
        {
            for (var i = 0; i < 1_000; i++)
            {
                await cache.SetAsync(keys[operations++ % keys.Length], _value);
            }

            elapsed = TimeProvider.System.GetElapsedTime(start);
        } while (elapsed < _sampleTime);

        return new Sample(elapsed.TotalNanoseconds / operations);
    }
}
