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

    /// <summary>Each key is read thrice within a span, and never again.</summary>
    internal static Trace Bursts(int seed)
    {
        const int Span = 40_000;
        var random = new Random(seed);
        var due = new PriorityQueue<int, int>();
        var keys = new int[Reads];
        var newest = 0;
        for (var i = 0; i < keys.Length; i++)
        {
            if (due.TryPeek(out var key, out var moment) && moment <= i)
            {
                keys[i] = key;
                due.Dequeue();
                continue;
            }

            keys[i] = newest;
            due.Enqueue(newest, i + 1 + random.Next(Span));
            due.Enqueue(newest, i + 1 + random.Next(Span));
            newest++;
        }

        return Number("Bursts: each key three times, and never again", keys);
    }

    /// <summary>After half of the reads other keys are popular.</summary>
    internal static Trace Shift(double exponent, int seed)
    {
        var sampler = new ZipfSampler(PopularKeys, exponent, seed);
        var keys = new int[Reads];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = sampler.Next() + (i < Reads / 2 ? 0 : PopularKeys);
        }

        return Number(FormattableString.Invariant($"Zipf({exponent:0.0}), other keys after half of the reads"), keys);
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
