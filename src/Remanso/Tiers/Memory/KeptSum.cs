using System.Runtime.InteropServices;
using System.Text;
using Remanso.Entries;

namespace Remanso.Tiers.Memory;

/// <summary>What the kept versions of a key amount to: they count as dirty entries, each with the key's bytes and its own.</summary>
/// <param name="Entries">How many there are.</param>
/// <param name="Bytes">The bytes of key and value of each.</param>
/// <param name="Weight">What they take of the memory.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct KeptSum(long Entries, long Bytes, long Weight)
{
    // An entry, the header of its array, and its places in the queue, which doubles as it grows.
    private const int Overhead = 176;

    public static KeptSum operator +(KeptSum a, KeptSum b) => new(a.Entries + b.Entries, a.Bytes + b.Bytes, a.Weight + b.Weight);

    public static KeptSum operator -(KeptSum a, KeptSum b) => new(a.Entries - b.Entries, a.Bytes - b.Bytes, a.Weight - b.Weight);

    public static KeptSum Of(string key, CacheEntry version) =>
        new(1, Encoding.UTF8.GetByteCount(key) + version.Value.Length, Overhead + version.Value.Length);
}
