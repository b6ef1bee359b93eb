namespace Remanso;

/// <summary>What one read wants otherwise than the cache's options say. Of callers who share a load, those of the one
/// who leads it hold for what is cached.</summary>
public sealed class ReadOptions
{
    /// <summary>The TTL of a loaded value, before jitter; above 0, at most 10 years; the cache's where null.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>The grace period of a loaded value; 0 to 10 years; the cache's where null.</summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>How long this caller waits for a load while there is a stale copy; 0 to 10 minutes; the cache's where null.</summary>
    public TimeSpan? SoftTimeout { get; init; }

    /// <summary>How long this caller waits at most, for the tier and the load; 1 ms to 10 minutes; <c>Load:Timeout</c>
    /// ends the load itself. Then it gets the stale copy, where there is one that it may have, else a
    /// <see cref="TimeoutException"/>.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>When this caller is content with a stale copy; where its load fails or is slow, unless set.</summary>
    public StaleCopies Stale { get; init; }

    /// <summary>How long past its TTL a copy may be for this caller; 0 to 10 years; as long as its grace period lasts where null.</summary>
    public TimeSpan? MaxStaleness { get; init; }

    /// <summary>Whether this caller's own loader may run in the background: early, and on when the caller has left with
    /// a stale copy; <see cref="LoadOptions.CallersInBackground"/> where null.</summary>
    public bool? InBackground { get; init; }

    /// <summary>The tags of a loaded value; those that the cache computes where null.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Steps to leave out; none unless set.</summary>
    public ReadSkip Skips { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">An option is outside its range.</exception>
    internal void Validate()
    {
        Check(Ttl is not { } ttl || (ttl > TimeSpan.Zero && ttl <= TimeSpan.FromDays(3650)), nameof(Ttl), Ttl);
        Check(Grace is not { } grace || (grace >= TimeSpan.Zero && grace <= TimeSpan.FromDays(3650)), nameof(Grace), Grace);
        Check(SoftTimeout is not { } soft || (soft >= TimeSpan.Zero && soft <= TimeSpan.FromMinutes(10)), nameof(SoftTimeout), SoftTimeout);

        Check(
            Timeout is not { } most || (most >= TimeSpan.FromMilliseconds(1) && most <= TimeSpan.FromMinutes(10)),
            nameof(Timeout),
            Timeout
        );
        Check(
            MaxStaleness is not { } staleness || (staleness >= TimeSpan.Zero && staleness <= TimeSpan.FromDays(3650)),
            nameof(MaxStaleness),
            MaxStaleness
        );
        Check(Enum.IsDefined(Stale), nameof(Stale), Stale);

        static void Check<TOption>(bool fits, string name, TOption value)
        {
            if (!fits)
            {
                throw new ArgumentOutOfRangeException(name, value, $"{nameof(ReadOptions)}.{name} is outside its range.");
            }
        }
    }
}
