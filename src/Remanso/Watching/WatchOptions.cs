namespace Remanso;

/// <summary>What a watcher wants to be told (<see cref="ICache{TKey, TValue}.WatchAsync"/>); all changes unless set.</summary>
public sealed record WatchOptions<TKey>
    where TKey : notnull
{
    /// <summary>The largest <see cref="Buffer"/>.</summary>
    public const int MaxBuffer = 65_536;

    /// <summary>Only changes of these keys, and what has no key.</summary>
    public IReadOnlyCollection<TKey>? Keys { get; init; }

    /// <summary>Only changes of keys whose text, as the tier has it, begins so, and what has no key.</summary>
    public string? Prefix { get; init; }

    /// <summary>Whether each written key is read, and told with its value.</summary>
    public bool WithValues { get; init; }

    /// <summary>How many changes wait for a watcher that is busy, at most; 1 to 65,536, 1,024 unless set. One that
    /// needs more is told of a gap.</summary>
    public int Buffer { get; init; } = 1024;

    /// <summary>Where an earlier watch in this process ended: what came since is told first, without a gap where the
    /// process still has all of it (some thousand changes, for a minute after its last watcher has gone).</summary>
    public WatchPosition? After { get; init; }

    /// <summary>Called once the tier is heard and the watch has begun: what it is told first may take long from then on.</summary>
    internal Action? Begun { get; init; }

    /// <exception cref="ArgumentException">Both keys and a prefix are given.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The buffer is outside its range.</exception>
    internal static void Validate(WatchOptions<TKey>? options)
    {
        if (options is { Buffer: < 1 or > MaxBuffer })
        {
            throw new ArgumentOutOfRangeException(nameof(options), options.Buffer, $"{nameof(Buffer)} is 1 to {MaxBuffer}.");
        }

        if (options is { Keys: not null, Prefix: not null })
        {
            throw new ArgumentException($"{nameof(Keys)} and {nameof(Prefix)} can't both be set.", nameof(options));
        }
    }
}
