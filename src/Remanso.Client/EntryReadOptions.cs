namespace Remanso.Client;

/// <summary>How one read differs from others; all unset: as the cache is configured.</summary>
public sealed record EntryReadOptions
{
    /// <summary>Where to look. Another than <see cref="EntrySource.CacheThenStore"/> excludes the ages and the time-out below.</summary>
    public EntrySource Source { get; init; }

    /// <summary>The version that the reader has: of the same version the value is not sent again
    /// (<see cref="EntryOutcome.NotModified"/>).</summary>
    public long? UnlessVersion { get; init; }

    /// <summary>Takes a copy of at most this age, else loads; zero: loads in any case. Whole seconds, rounded down.</summary>
    public TimeSpan? MaxAge { get; init; }

    /// <summary>How long past its TTL a copy is taken where the load fails; zero: not at all. Whole seconds, rounded down.</summary>
    public TimeSpan? StaleIfError { get; init; }

    /// <summary>Never loads: <see cref="EntryOutcome.NotCached"/> where there is no copy that the reader takes.</summary>
    public bool OnlyIfCached { get; init; }

    /// <summary>How long the server may take, 1 ms to 10 minutes; then the answer is a stale copy, or the error
    /// <c>read-timeout</c>. <see cref="RemansoClientOptions.Timeout"/> bounds the call as any other.</summary>
    public TimeSpan? Timeout { get; init; }
}
