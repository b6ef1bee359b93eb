using HdrHistogram;

namespace Remanso.Server.Commands.Remote.Bench;

// Of one thread; Add(Latencies) brings several together.

/// <summary>Counts times, so that percentiles are within 1 % and never too low.</summary>
internal sealed class Latencies
{
    private const int Digits = 2;

    private readonly LongHistogram _ticks = new(TimeSpan.TicksPerDay, Digits);

    /// <summary>How many there are.</summary>
    public long Count => _ticks.TotalCount;

    /// <summary>The longest; no more than a day.</summary>
    public TimeSpan Longest { get; private set; }

    /// <summary>Counts one.</summary>
    public void Add(TimeSpan time)
    {
        var counted = TimeSpan.FromTicks(Math.Clamp(time.Ticks, 0, TimeSpan.TicksPerDay));
        _ticks.RecordValue(counted.Ticks);
        Longest = counted > Longest ? counted : Longest;
    }

    /// <summary>Counts all of another.</summary>
    public void Add(Latencies other)
    {
        _ticks.Add(other._ticks);
        Longest = other.Longest > Longest ? other.Longest : Longest;
    }

    /// <summary>The time that a part of them does not exceed.</summary>
    /// <param name="part">Above 0, at most 1.</param>
    public TimeSpan At(double part) => TimeSpan.FromTicks(Math.Min(_ticks.GetValueAtPercentile(part * 100), Longest.Ticks));
}
