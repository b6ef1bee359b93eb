namespace Remanso.Entries;

/// <summary>The TTL and the grace period that a writer gave an entry, for as long as it is dirty: each 0 for the
/// cache's own, else one more than its milliseconds up to 24 days, and beyond that its seconds.</summary>
/// <param name="Packed">The TTL in the lower half, the grace period in the upper one.</param>
internal readonly record struct WriteSpans(long Packed)
{
    private const uint InSeconds = 1u << 31;

    /// <summary>Packs them.</summary>
    public static WriteSpans Of(TimeSpan? ttl, TimeSpan? grace) => new((long)(((ulong)Code(grace) << 32) | Code(ttl)));

    /// <summary>Whether neither was given.</summary>
    public bool IsNone => Packed == 0;

    /// <summary>The TTL, if one was given.</summary>
    public TimeSpan? Ttl => Span((uint)Packed);

    /// <summary>The grace period, if one was given.</summary>
    public TimeSpan? Grace => Span((uint)((ulong)Packed >> 32));

    /// <summary>One of them as a number of 32 bits.</summary>
    public static uint Code(TimeSpan? span) =>
        span is not { } given ? 0
        : given.TotalMilliseconds < InSeconds - 1 ? (uint)given.TotalMilliseconds + 1
        : InSeconds | (uint)Math.Min(given.TotalSeconds + 1, InSeconds - 1);

    private static TimeSpan? Span(uint code) =>
        code == 0 ? null
        : code < InSeconds ? TimeSpan.FromMilliseconds(code - 1)
        : TimeSpan.FromSeconds((code & ~InSeconds) - 1);
}
