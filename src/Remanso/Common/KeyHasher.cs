using System.Runtime.InteropServices;

namespace Remanso.Common;

// The runtime's own string hash (Marvin) costs more than the rest of a hot look-up. A secret is needed as there: keys
// come from outside, and chosen collisions would make every look-up a scan.

/// <summary>
/// The hash of a key: multiply and fold, 16 bytes a step, under a secret drawn at start. Source of the method: Wang Yi, wyhash,
/// https://github.com/wangyi-fudan/wyhash (Go's maps hash in the same way).
/// </summary>
internal static class KeyHasher
{
    private static readonly ulong _first = Chance.NextSecret();
    private static readonly ulong _second = Chance.NextSecret();

    /// <summary>The same for equal strings, for as long as the process lives.</summary>
    internal static int Of(string key)
    {
        var bytes = MemoryMarshal.AsBytes(key.AsSpan());
        var hash = _first ^ (ulong)bytes.Length;
        while (bytes.Length > 16)
        {
            hash = Mix(Read64(bytes) ^ _second, Read64(bytes[8..]) ^ hash);
            bytes = bytes[16..];
        }

        // The last step reads the rest from both ends; the two may overlap, as the length is in the hash.
        var (head, tail) = bytes.Length switch
        {
            >= 8 => (Read64(bytes), Read64(bytes[^8..])),
            >= 4 => (Read32(bytes), Read32(bytes[^4..])),
            >= 2 => (key[^1], 0UL),
            _ => (0UL, 0UL),
        };
        hash = Mix(head ^ _second, tail ^ hash);
        return (int)(hash ^ (hash >> 32));
    }

    /// <summary>A hash code with a spread that a table of this library wants, and not to be foretold from outside.</summary>
    internal static int Of(int hashCode)
    {
        var hash = Mix(_first ^ (uint)hashCode, _second);
        return (int)(hash ^ (hash >> 32));
    }

    private static ulong Mix(ulong a, ulong b)
    {
        var high = Math.BigMul(a, b, out var low);
        return high ^ low;
    }

    private static ulong Read64(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<ulong>(bytes);

    private static ulong Read32(ReadOnlySpan<byte> bytes) => MemoryMarshal.Read<uint>(bytes);
}
