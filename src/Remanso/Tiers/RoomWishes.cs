namespace Remanso.Tiers;

/// <summary>When a refusal for want of room asks for a flush: a flush makes room, and the next one may be an interval
/// away. Not each of them, for what the store doesn't take makes no room.</summary>
internal sealed class RoomWishes
{
    private const long Pause = 100_000;

    private long _next = long.MinValue;

    /// <summary>Whether this refusal is to ask for one.</summary>
    /// <param name="now">Microseconds of any clock.</param>
    public bool IsDue(long now) =>
        Volatile.Read(ref _next) is var next && now >= next && Interlocked.CompareExchange(ref _next, now + Pause, next) == next;
}
