namespace Remanso.Server.Commands.Remote.Bench;

/// <summary>Counts times in classes of which each is a fiftieth longer than the one before: percentiles are within 2 %, whatever the range.</summary>
/// <remarks>Of one thread; <see cref="Add(Latencies)"/> brings several together.</remarks>
internal sealed class Latencies
{
    private const double Ratio = 1.02;
    private const int Classes = 1400;

    private static readonly double _perClass = 1 / Math.Log(Ratio);

    private readonly long[] _counts = new long[Classes];

    /// <summary>How many there are.</summary>
    public long Count { get; private set; }

    /// <summary>The longest.</summary>
    public TimeSpan Longest { get; private set; }

    /// <summary>Counts one.</summary>
    public void Add(TimeSpan time)
    {
        // In tenths of a microsecond: the last class begins at a day.
        var place = time.Ticks < 1 ? 0 : Math.Min(Classes - 1, (int)(Math.Log(time.Ticks) * _perClass));
        _counts[place]++;
        Count++;
        Longest = time > Longest ? time : Longest;
    }

    /// <summary>Counts all of another.</summary>
    public void Add(Latencies other)
    {
        for (var i = 0; i < Classes; i++)
        {
            _counts[i] += other._counts[i];
        }

        Count += other.Count;
        Longest = other.Longest > Longest ? other.Longest : Longest;
    }

    /// <summary>The time that a part of them does not exceed.</summary>
    /// <param name="part">Above 0, at most 1.</param>
    public TimeSpan At(double part)
    {
        var left = (long)Math.Ceiling(Count * part);
        for (var i = 0; i < Classes; i++)
        {
            left -= _counts[i];
            if (left <= 0)
            {
                var upper = TimeSpan.FromTicks((long)Math.Pow(Ratio, i + 1));
                return upper < Longest ? upper : Longest;
            }
        }

        return Longest;
    }
}
