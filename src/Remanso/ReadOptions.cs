namespace Remanso;

/// <summary>What one read wants otherwise than the cache's options say. Of callers who share a load, those of the one who leads it hold for what is cached.</summary>
public sealed class ReadOptions
{
    /// <summary>The TTL of a loaded value, before jitter; above 0, at most 10 years; the cache's where null.</summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>The grace period of a loaded value; 0 to 10 years; the cache's where null.</summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>How long this caller waits for a load while there is a stale copy; 0 to 10 minutes; the cache's where null.</summary>
    public TimeSpan? SoftTimeout { get; init; }

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

        static void Check(bool fits, string name, TimeSpan? value)
        {
            if (!fits)
            {
                throw new ArgumentOutOfRangeException(name, value, $"{nameof(ReadOptions)}.{name} is outside its range.");
            }
        }
    }
}
