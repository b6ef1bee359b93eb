using HdrHistogram;

namespace Remanso.Load.Reporting;

/// <summary>Counts durations up to an hour, so that a percentile is at most 0.1 % too high and never too low. Not thread safe.</summary>
internal sealed class Histogram
{
    private const int Digits = 3;
    private const long Longest = 3600L * 1_000_000_000;

    private readonly LongHistogram _nanoseconds = new(Longest, Digits);

    public long Count => _nanoseconds.TotalCount;

    /// <summary>The longest, in nanoseconds.</summary>
    public long Max { get; private set; }

    public void Record(long nanoseconds)
    {
        nanoseconds = Math.Clamp(nanoseconds, 0, Longest);
        _nanoseconds.RecordValue(nanoseconds);
        Max = Math.Max(Max, nanoseconds);
    }

    public void Add(Histogram other)
    {
        _nanoseconds.Add(other._nanoseconds);
        Max = Math.Max(Max, other.Max);
    }

    /// <summary>The duration that the given share (0 to 1) does not exceed, in milliseconds; 0 where nothing was counted.</summary>
    public double Percentile(double share) => Count == 0 ? 0 : Math.Min(_nanoseconds.GetValueAtPercentile(share * 100), Max) / 1e6;
}
