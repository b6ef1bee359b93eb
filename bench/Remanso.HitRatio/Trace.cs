namespace Remanso.HitRatio;

/// <summary>A sequence of reads. Keys are the integers from 0 to <see cref="DistinctKeys"/> - 1.</summary>
internal sealed record Trace(string Name, int[] Keys, int DistinctKeys)
{
    private const int PopularKeys = 100_000;
    private const int Reads = 2_000_000;

    internal static Trace Zipf(double exponent, int seed)
    {
        var sampler = new ZipfSampler(PopularKeys, exponent, seed);
        var keys = new int[Reads];
        foreach (ref var key in keys.AsSpan())
        {
            key = sampler.Next();
        }

        return Number(FormattableString.Invariant($"Zipf({exponent:0.0})"), keys);
    }

    /// <summary>Now and then a report walks once over rows that nobody else reads, the same ones each time.</summary>
    internal static Trace ZipfWithScans(double exponent, int seed)
    {
        const int ReadsBetweenScans = 100_000;
        const int ScanLength = 50_000;
        var sampler = new ZipfSampler(PopularKeys, exponent, seed);
        var keys = new int[Reads];
        for (var i = 0; i < keys.Length; i++)
        {
            var moment = i % (ReadsBetweenScans + ScanLength);
            keys[i] = moment < ReadsBetweenScans ? sampler.Next() : PopularKeys + moment - ReadsBetweenScans;
        }

        return Number(FormattableString.Invariant($"Zipf({exponent:0.0}), a third of the reads in scans"), keys);
    }

    /// <summary>A feed: each key is read most when it is new and then ever less. What LRU is made for.</summary>
    internal static Trace Feed(int seed)
    {
        const int ReadsPerNewKey = 8;
        const int MeanAge = 10_000;
        var random = new Random(seed);
        var keys = new int[Reads];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = i / ReadsPerNewKey + (int)(MeanAge * Math.Log(1 - random.NextDouble()));
        }

        return Number("Feed, the newest keys read most", keys);
    }

    /// <summary>The same keys over and over in one order: the worst case of every queue without foresight.</summary>
    internal static Trace Loop()
    {
        const int Length = 20_000;
        return Number("Loop", [.. Enumerable.Range(0, Reads).Select(i => i % Length)]);
    }

    // Only keys that occur count as distinct, so that "10 %" means ten per cent of what was asked for.
    private static Trace Number(string name, int[] keys)
    {
        var numbers = new Dictionary<int, int>();
        foreach (ref var key in keys.AsSpan())
        {
            if (!numbers.TryGetValue(key, out var number))
            {
                numbers[key] = number = numbers.Count;
            }

            key = number;
        }

        return new Trace(name, keys, numbers.Count);
    }
}
