using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Remanso.Common;

/// <summary>The randomness of jitter, back-off and made up names, on which no rule depends: the runtime's, unless a
/// simulation of whole processes puts numbers in its place that a seed determines.</summary>
internal static class Chance
{
    /// <summary>Where it comes from, for all caches of this process.</summary>
    public static Random Source { get; set; } = Random.Shared;

    /// <summary>A number from 0 on, below 1.</summary>
    public static double NextDouble() => Source.NextDouble();

    /// <summary>A number above 0, below 2^53, that nobody else has: 53 bits make it so.</summary>
    public static long NextId() => Source.NextInt64(1, 1L << 53);

    /// <summary>A number that nobody outside can foretell.</summary>
    public static ulong NextSecret()
    {
        if (Source != Random.Shared)
        {
            return (ulong)Source.NextInt64();
        }

        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return MemoryMarshal.Read<ulong>(bytes);
    }
}
