namespace Remanso.Server.Commands.Remote.Bench;

/// <summary>How long this machine lets a thread wait that only looks at the clock: what latencies can't be measured below.</summary>
internal static class MachineNoise
{
    private static readonly TimeSpan _duration = TimeSpan.FromMilliseconds(500);

    /// <summary>The gaps between two looks.</summary>
    public static Latencies Measure(TimeProvider time)
    {
        var gaps = new Latencies();
        var start = time.GetTimestamp();
        var last = start;
        while (time.GetElapsedTime(start, last) < _duration)
        {
            var now = time.GetTimestamp();
            gaps.Add(time.GetElapsedTime(last, now));
            last = now;
        }

        return gaps;
    }
}
