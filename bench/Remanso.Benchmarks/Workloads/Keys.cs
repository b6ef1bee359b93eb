using System.Globalization;

namespace Remanso.Benchmarks.Workloads;

/// <summary>Keys and the order in which they are used; the same in every run.</summary>
internal static class Keys
{
    private const int Seed = 20_251;

    public static string[] InOrder(int count) =>
        [.. Enumerable.Range(0, count).Select(static i => i.ToString("'load-'00000000", CultureInfo.InvariantCulture))];

    public static string[] Shuffled(int count)
    {
        var keys = InOrder(count);
        new Random(Seed).Shuffle(keys);
        return keys;
    }

    /// <summary>Equal strings, other objects: a caller's keys are never the ones that the cache keeps.</summary>
    public static string[] CopyOf(string[] keys) => [.. keys.Select(static key => new string(key.AsSpan()))];
}
