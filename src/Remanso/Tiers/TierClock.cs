using System.Runtime.CompilerServices;
using Remanso.Entries;

namespace Remanso.Tiers;

// Versions come from this clock. Were it the wall clock itself, an administrator who sets it back by an hour would
// leave every key counting in steps of one above its last version for that hour, and a restart in that hour would issue
// versions below what the store holds. The price: a wall clock set back is not followed until the process restarts.

/// <summary>
/// A clock in microseconds since 1970 that never goes back: anchored at the wall clock once, then advanced by the monotonic one.
/// </summary>
internal sealed class TierClock
{
    // Less is left to NTP, which slews both clocks; more means that the monotonic clock stood still (the machine was suspended).
    private const long SuspendMicros = 100_000;
    private const long TicksPerMicro = TimeSpan.TicksPerMicrosecond;

    private readonly TimeProvider _time;

    // Null where the provider is not the system's.
    private readonly CoarseTicks? _ticks;
    private readonly long _start;
    private long _offset;
    private long _coarseOffset;

    /// <summary>Anchors the clock at the wall clock of <paramref name="time"/>.</summary>
    internal TierClock(TimeProvider time)
    {
        _time = time;
        _ticks = time == TimeProvider.System ? CoarseTicks.System : null;
        _start = time.GetTimestamp();
        _offset = WallMicros();
        _coarseOffset = CoarseOffset();
    }

    /// <summary>Now, to the microsecond. Never lower than an earlier answer.</summary>
    internal long Now => Volatile.Read(ref _offset) + ElapsedMicros();

    /// <summary>Now for reads, without a call where the provider is the system's: behind by
    /// <see cref="CoarseTicks.Period"/> and the system's timer tick, and by as much not monotonic. Good enough to tell
    /// whether a TTL is over, never for a version.
    /// </summary>
    internal long CoarseNow
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _ticks is { } ticks ? Volatile.Read(ref _coarseOffset) + ticks.Micros : AskNow();
    }

    /// <summary>How far it is ahead of the wall clock, which was set back or was ahead for a while; below zero: behind.</summary>
    internal TimeSpan Ahead => TimeSpan.FromTicks((Now - WallMicros()) * TicksPerMicro);

    /// <summary>Catches up with the wall clock where that is ahead by more than 100 ms; never goes back.</summary>
    internal void CatchUp()
    {
        var offset = Volatile.Read(ref _offset);
        var ahead = WallMicros() - (offset + ElapsedMicros());

        // A caller that loses the race found the same gap as the winner.
        if (ahead > SuspendMicros)
        {
            Interlocked.CompareExchange(ref _offset, offset + ahead, offset);
        }

        Volatile.Write(ref _coarseOffset, CoarseOffset());
    }

    /// <summary><paramref name="duration"/> after <paramref name="now"/>; <see cref="CacheEntry.Never"/> where
    /// that is past all time.</summary>
    internal static long After(long now, TimeSpan duration)
    {
        var micros = duration.Ticks / TicksPerMicro;
        return micros >= CacheEntry.Never - now ? CacheEntry.Never : now + micros;
    }

    /// <summary>The span of so many microseconds.</summary>
    internal static TimeSpan Span(long micros) =>
        TimeSpan.FromTicks(Math.Min(micros, TimeSpan.MaxValue.Ticks / TicksPerMicro) * TicksPerMicro);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private long AskNow() => Now;

    private long CoarseOffset() => _ticks is { } ticks ? Now - ticks.Tick() : 0;

    private long WallMicros() => (_time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TicksPerMicro;

    private long ElapsedMicros() => _time.GetElapsedTime(_start).Ticks / TicksPerMicro;
}
