using System.Numerics;
using System.Runtime.InteropServices;
using SharpFuzz.Common;

namespace Remanso.Fuzz.Engine;

// AFL's map: each pair of blocks that follow one another has a byte, which counts how often they did. What counts as new
// is a pair that was never seen, or one that was seen so often for the first time; "so often" in eight classes, or every
// loop would be new a hundred times.

/// <summary>Which branches of the instrumented assemblies inputs took; none where nothing is instrumented.</summary>
internal sealed unsafe class Coverage
{
    private const int Size = 1 << 16;

    private readonly byte* _map = (byte*)NativeMemory.AllocZeroed(Size);
    private readonly byte[] _seen = new byte[Size];

    public Coverage() => Trace.SharedMem = _map;

    /// <summary>How many pairs of blocks were seen.</summary>
    public int Seen { get; private set; }

    /// <summary>Forgets the run before.</summary>
    public void Clear()
    {
        new Span<byte>(_map, Size).Clear();
        Trace.PrevLocation = 0;
    }

    /// <summary>Whether the run since <see cref="Clear"/> went where none was before.</summary>
    public bool HasNew()
    {
        var hasNew = false;
        foreach (var at in Taken())
        {
            var bucket = BucketOf(_map[at]);
            if ((_seen[at] & bucket) == 0)
            {
                Seen += _seen[at] == 0 ? 1 : 0;
                _seen[at] |= bucket;
                hasNew = true;
            }
        }

        return hasNew;
    }

    /// <summary>The places and classes of the run since <see cref="Clear"/>.</summary>
    public HashSet<(int At, byte Bucket)> Path() => [.. Taken().Select(at => (at, BucketOf(_map[at])))];

    private List<int> Taken()
    {
        var map = new ReadOnlySpan<byte>(_map, Size);
        var taken = new List<int>();
        var at = map.IndexOfAnyExcept((byte)0);
        while (at >= 0)
        {
            taken.Add(at);
            var next = map[(at + 1)..].IndexOfAnyExcept((byte)0);
            at = next < 0 ? -1 : at + 1 + next;
        }

        return taken;
    }

    // 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, 128 and more.
    private static byte BucketOf(byte count) =>
        count switch
        {
            0 => 0,
            1 => 1,
            2 => 2,
            3 => 4,
            < 128 => (byte)(1 << Math.Min(BitOperations.Log2(count) + 1, 6)),
            _ => 128,
        };
}
