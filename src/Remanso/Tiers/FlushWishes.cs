namespace Remanso.Tiers;

/// <summary>When one of many who want a flush asks for it. A refusal for want of room does, for the next flush may be an
/// interval away, and so does a writer who waits; but not each of them: what the store doesn't take makes no room.</summary>
/// <param name="pause">How long nobody else asks then.</param>
internal sealed class FlushWishes(TimeSpan pause)
{
    /// <summary>The pause of those who were refused.</summary>
    public static readonly TimeSpan OfRefusals = TimeSpan.FromMilliseconds(100);

    private long _next = long.MinValue;

    /// <summary>Whether this one is to ask.</summary>
    /// <param name="now">Microseconds of any clock.</param>
    public bool IsDue(long now) =>
        Volatile.Read(ref _next) is var next
        && now >= next
        && Interlocked.CompareExchange(ref _next, now + (long)pause.TotalMicroseconds, next) == next;
}
