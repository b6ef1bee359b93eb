using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Telemetry;

namespace Remanso.Tiers.Memory;

// The clock follows the wall clock ahead and never back. So one that was ahead for a while, and is right again, leaves it ahead
// until the process ends: what is to last an hour is over when it begins, and rows get times of the future.

/// <summary>Tells that a memory tier's clock is ahead of the machine's.</summary>
/// <param name="clock">Its clock.</param>
/// <param name="alarm">What it shares with the other tiers of the process.</param>
internal sealed class ClockWatch(TierClock clock, ClockAlarm alarm)
{
    // Less is what machines are off by anyway.
    private static readonly TimeSpan _tolerance = TimeSpan.FromMinutes(1);

    private int _isAhead;

    /// <summary>The name of the cache, and where it logs.</summary>
    internal (string Cache, ILogger Logger) Told { get; set; } = ("", NullLogger.Instance);

    /// <summary>What is wrong with it now, or null.</summary>
    internal string? Warning =>
        clock.Ahead is var ahead && ahead > _tolerance
            ? $"the clock of this machine is {Whole(ahead)} behind what this process counts with, for it was set back, or was ahead for a "
                + "while: lifetimes are off by that until a restart"
            : null;

    /// <summary>Catches up with the machine's clock, and tells, once for all tiers, where it is behind.</summary>
    internal void CatchUp()
    {
        clock.CatchUp();
        var ahead = clock.Ahead;
        var isAhead = ahead > _tolerance ? 1 : 0;
        if (Interlocked.Exchange(ref _isAhead, isAhead) == isAhead)
        {
            return;
        }

        if (isAhead == 0)
        {
            alarm.Lower();
        }
        else if (alarm.Raise())
        {
            Told.Logger.ClockBehind(Told.Cache, Whole(ahead));
        }
    }

    private static TimeSpan Whole(TimeSpan span) => TimeSpan.FromSeconds(Math.Round(span.TotalSeconds));
}
