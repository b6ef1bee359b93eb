namespace Remanso.Load.Driving;

/// <summary>
/// The keys to ask for, drawn before the clock starts: drawing one from a Zipf distribution costs more than sending its
/// request. Every run draws the same ones.
/// </summary>
internal sealed class KeySequence
{
    private const int Length = 1 << 20;
    private const double ZipfExponent = 0.99;

    private readonly int[] _keys;

    public KeySequence(KeyDistribution distribution, int keys)
    {
        var random = new Random(20_251);
        _keys = distribution switch
        {
            KeyDistribution.One => [0],
            KeyDistribution.Uniform => Draw(() => random.Next(keys)),
            KeyDistribution.Zipf => DrawZipf(random, keys),
            _ => throw new ArgumentOutOfRangeException(nameof(distribution), distribution, "Unknown distribution."),
        };
    }

    /// <summary>Where the n-th of so many connections starts: each at its own place, in the same ring.</summary>
    public int Start(int connection, int connections) => (int)((long)_keys.Length * connection / connections);

    /// <summary>The key at a position, which moves on.</summary>
    public int Next(ref int position)
    {
        if (position >= _keys.Length)
        {
            position = 0;
        }

        return _keys[position++];
    }

    private static int[] DrawZipf(Random random, int keys)
    {
        var cumulated = new double[keys];
        var sum = 0.0;
        for (var rank = 0; rank < keys; rank++)
        {
            sum += Math.Pow(rank + 1, -ZipfExponent);
            cumulated[rank] = sum;
        }

        // Popularity must not follow the keys' order, or the popular ones would be neighbours in every index.
        var keyOfRank = Enumerable.Range(0, keys).ToArray();
        random.Shuffle(keyOfRank);
        return Draw(() =>
        {
            var found = Array.BinarySearch(cumulated, random.NextDouble() * sum);
            return keyOfRank[Math.Min(found < 0 ? ~found : found, keys - 1)];
        });
    }

    private static int[] Draw(Func<int> next)
    {
        var drawn = new int[Length];
        for (var i = 0; i < drawn.Length; i++)
        {
            drawn[i] = next();
        }

        return drawn;
    }
}
