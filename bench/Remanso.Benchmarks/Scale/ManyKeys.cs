using System.Globalization;

namespace Remanso.Benchmarks.Scale;

/// <summary>Keys out of millions, made when they are wanted: what holds them all is then the cache alone.</summary>
/// <param name="count">How many there are.</param>
internal sealed class ManyKeys(int count)
{
    // Both have no divisor in common with a power of ten, so that a walk visits each key once.
    private const long FillStep = 7_368_787;
    private const long WalkStep = 4_256_233;

    private readonly Random _random = new(20_251);

    /// <summary>Some keys of the walk that fills a cache.</summary>
    public string[] ToFill(int from, int length) => Make(from, length, FillStep);

    /// <summary>Different keys, from a random place on, in another order than they were filled in.</summary>
    public string[] Some(int length) => Make(_random.Next(count), length, WalkStep);

    private string[] Make(int from, int length, long step)
    {
        var keys = new string[length];
        for (var i = 0; i < length; i++)
        {
            keys[i] = ((from + i) * step % count).ToString("'load-'00000000", CultureInfo.InvariantCulture);
        }

        return keys;
    }
}
