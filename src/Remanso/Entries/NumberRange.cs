namespace Remanso.Entries;

/// <summary>The whole numbers that a cache's values can be, of those of 64 bits.</summary>
/// <param name="Least">The lowest one.</param>
/// <param name="Most">The highest one.</param>
internal sealed record NumberRange(long Least, long Most)
{
    /// <summary>All of 64 bits.</summary>
    public static readonly NumberRange All = new(long.MinValue, long.MaxValue);

    /// <summary>Whether a number is one of them.</summary>
    public bool Has(long number) => Least <= number && number <= Most;

    /// <summary>Finds the range that lies around a number which is one of them, by trying: it has no gaps.</summary>
    /// <param name="inside">The number.</param>
    /// <param name="isInside">Tries another one.</param>
    public static NumberRange Around(long inside, Func<long, bool> isInside)
    {
        var range = new NumberRange(Last(inside, long.MinValue, isInside), Last(inside, long.MaxValue, isInside));
        return range == All ? All : range;
    }

    private static long Last(long inside, long end, Func<long, bool> isInside)
    {
        if (isInside(end))
        {
            return end;
        }

        // One is inside and the other is not, until nothing is left between them.
        var outside = end;
        while (Middle(inside, outside) is var middle && middle != inside && middle != outside)
        {
            if (isInside(middle))
            {
                inside = middle;
            }
            else
            {
                outside = middle;
            }
        }

        return inside;
    }

    private static long Middle(long one, long other) => (long)(((Int128)one + other) / 2);
}
