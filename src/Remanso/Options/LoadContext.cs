namespace Remanso;

/// <summary>What a loader is told of its load, and what it can say of the value that it returns.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
/// <remarks>For the one load, and for one thread at a time.</remarks>
public sealed class LoadContext<TKey, TValue>
{
    internal LoadContext(TKey key, ReadResult<TValue>? previous, ReadOptions? options)
    {
        Key = key;
        Previous = previous;
        Ttl = options?.Ttl;
        Grace = options?.Grace;
        Tags = options?.Tags;
    }

    /// <summary>The key to load.</summary>
    public TKey Key { get; }

    /// <summary>What the tier held when the load began, with its version: a copy that is stale or about to be, or
    /// known absence (not <see cref="ReadResult{TValue}.Found"/>). Null where it held nothing.</summary>
    public ReadResult<TValue>? Previous { get; }

    /// <summary>The TTL of the loaded value, or of absence, before jitter; above 0, at most 10 years; the cache's where null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is outside its range.</exception>
    public TimeSpan? Ttl
    {
        get;
        set
        {
            if (value is { } ttl && (ttl <= TimeSpan.Zero || ttl > TimeSpan.FromDays(3650)))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "A TTL is above 0 and at most 10 years.");
            }

            field = value;
        }
    }

    /// <summary>The grace period of the loaded value; 0 to 10 years; the cache's where null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is outside its range.</exception>
    public TimeSpan? Grace
    {
        get;
        set
        {
            if (value is { } grace && (grace < TimeSpan.Zero || grace > TimeSpan.FromDays(3650)))
            {
                throw new ArgumentOutOfRangeException(nameof(value), value, "A grace period is 0 to 10 years.");
            }

            field = value;
        }
    }

    /// <summary>The tags of the loaded value; where null, those that the
    /// cache computes, or after <see cref="NotModified"/> the previous ones.</summary>
    public IReadOnlyList<string>? Tags { get; set; }

    internal bool IsCached { get; private set; } = true;

    internal bool IsNotModified { get; private set; }

    /// <summary>The value goes to the callers of this load, and nowhere else; a copy that the tier holds stays as it is.</summary>
    public void DoNotCache() => IsCached = false;

    /// <summary>The previous value is still right: it gets a new TTL and keeps its version, unless it was written or
    /// dropped during the load. To be returned: <c>return context.NotModified();</c>.</summary>
    /// <returns>The previous value.</returns>
    /// <exception cref="InvalidOperationException">There is no <see cref="Previous"/>.</exception>
    public TValue? NotModified()
    {
        if (Previous is not { } previous)
        {
            throw new InvalidOperationException("There is no previous value that could be unmodified; look at Previous first.");
        }

        IsNotModified = true;
        return previous.Value;
    }
}
