using System.Runtime.InteropServices;

namespace Remanso.WriteBehind;

// It grows as TCP's window does (RFC 5681): doubling up to half of what failed last, then by a sixteenth of the full
// size, so that a size that is too large is not tried every other time.

/// <summary>How many entries go into one save, each version of a key counted: all of a batch, until a save fails for a
/// passing reason. Then half as many, down to one; a time-out is so met with less work, and an entry that fails alone is
/// found. Pure: each step returns the next state.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BatchPace(int Full, int Size, int Threshold)
{
    /// <summary>The pace of a store that nothing is known of.</summary>
    public static BatchPace Of(int full) => new(full, full, full);

    /// <summary>Whether saves failed lately.</summary>
    public bool IsSlow => Size < Full;

    /// <summary>A save of so many entries succeeded.</summary>
    public BatchPace Succeeded(int entries) =>
        entries < Size
            ? this
            : this with
            {
                Size = Math.Min(Full, Size < Threshold ? Math.Min(Size * 2, Threshold) : Size + Math.Max(1, Full / 16)),
            };

    /// <summary>A save of so many entries failed for a passing reason.</summary>
    public BatchPace Failed(int entries)
    {
        var half = Math.Max(1, Math.Min(entries, Size) / 2);
        return this with { Size = half, Threshold = half };
    }
}
