using System.Numerics;

namespace Remanso.Load.Reporting;

/// <summary>
/// Counts durations in log-linear buckets (as HdrHistogram does): 128 to each power of two, so a percentile is at most
/// 0.8 % too high and never too low, from nanoseconds to an hour. Not thread safe.
/// </summary>
internal sealed class Histogram
{
    private const int SubBits = 7;
    private const int HighestShift = 35;

    private readonly long[] _counts = new long[(HighestShift + 2) << SubBits];

    public long Count { get; private set; }

    /// <summary>The longest, in nanoseconds.</summary>
    public long Max { get; private set; }

    public void Record(long nanoseconds)
    {
        nanoseconds = Math.Max(nanoseconds, 0);
        _counts[Math.Min(IndexOf(nanoseconds), _counts.Length - 1)]++;
        Count++;
        Max = Math.Max(Max, nanoseconds);
    }

    public void Add(Histogram other)
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            _counts[i] += other._counts[i];
        }

        Count += other.Count;
        Max = Math.Max(Max, other.Max);
    }

    /// <summary>The duration that the given share (0 to 1) does not exceed, in milliseconds; 0 where nothing was counted.</summary>
    public double Percentile(double share)
    {
        var rank = Math.Max((long)Math.Ceiling(share * Count), 1);
        long seen = 0;
        for (var i = 0; i < _counts.Length && Count > 0; i++)
        {
            seen += _counts[i];
            if (seen >= rank)
            {
                return Math.Min(HighestIn(i), Max) / 1e6;
            }
        }

        return Max / 1e6;
    }

    private static int IndexOf(long value)
    {
        var shift = Math.Max(BitOperations.Log2((ulong)value) - SubBits, 0);
        return (shift << SubBits) + (int)(value >> shift);
    }

    private static long HighestIn(int index)
    {
        if (index < 2 << SubBits)
        {
            return index;
        }

        var shift = (index >> SubBits) - 1;
        var sub = (index & ((1 << SubBits) - 1)) + (1 << SubBits);
        return ((sub + 1L) << shift) - 1;
    }
}
