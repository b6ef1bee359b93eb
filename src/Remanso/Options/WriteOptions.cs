using Remanso.Entries;

namespace Remanso;

/// <summary>What a caller asks of one write.</summary>
public sealed record WriteOptions
{
    /// <summary>What must be true of the key; nothing unless set.</summary>
    public WriteCondition Condition { get; init; }

    /// <summary>What must be true when the write returns; the cache's default where null.</summary>
    public Durability? Durability { get; init; }

    /// <summary>How long the data itself exists, in cache and store; for ever where null. At least one millisecond.
    /// Nothing is served after it, not even as a stale copy. In a cache without a backing store it is the TTL as well,
    /// exactly, unless <see cref="Ttl"/> is given.</summary>
    public TimeSpan? Lifetime { get; init; }

    /// <summary>How long the value is served before it is loaded again, before jitter; above 0, at most 10 years;
    /// <c>Ttl:Base</c> where null. It begins with the write in a cache without a backing store; in one that has a
    /// store, when the value is stored, and only as long as the copy stays: what is loaded afterwards has the TTL of a
    /// load. Of a delete it has no meaning.
    /// </summary>
    public TimeSpan? Ttl { get; init; }

    /// <summary>How long past its TTL the value may be served if its load fails; 0 to 10 years; <c>Ttl:Grace</c> where
    /// null. For as long as <see cref="Ttl"/>.</summary>
    public TimeSpan? Grace { get; init; }

    /// <summary>The tags of the entry, by which it can be removed together with others
    /// (<see cref="ICache{TKey, TValue}.RemoveByTagAsync(string, CancellationToken)"/>); what the cache computes
    /// (<see cref="CacheConfiguration{TKey, TValue}.Tags"/>) where null, none where empty. At most 16 unless
    /// the cache's <see cref="CacheOptions.MaxTags"/> says otherwise; each 1 to 256 bytes of UTF-8 without control
    /// characters. The backing store keeps no tags: once the value is loaded from there, it has those that the cache
    /// computes.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>The caller's own name for this write of this key, 1 to 255 visible ASCII characters; none where null.
    /// The same write again, from any process that shares the tier and within
    /// <see cref="TierOptions.IdempotencyRetention"/>, has no second effect and returns the version of the first:
    /// what to do after an error that leaves open whether a write happened. Another write of the key under the same
    /// name is an <see cref="IdempotencyConflictException"/>. Of many writes at once each is named by its place as
    /// well: <c>#</c> and the place stand behind the name, which is shorter by that. Not for updates.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Who chose the <see cref="IdempotencyKey"/>, where one cache has many clients: the memory tier then
    /// keeps room for those of others. It is no part of the name. Null where nobody has to be told apart.</summary>
    public string? IdempotencyOwner { get; init; }

    /// <summary>The media type of the value, 1 to 255 characters of visible ASCII with spaces between them only; the
    /// codec's where null.</summary>
    public string? ContentType { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">A time is outside its range.</exception>
    internal void Validate()
    {
        Check(
            Lifetime is not { } lifetime || lifetime >= TimeSpan.FromMilliseconds(1),
            nameof(Lifetime),
            Lifetime,
            "must be at least one millisecond"
        );
        Check(
            Ttl is not { } ttl || (ttl > TimeSpan.Zero && ttl <= TimeSpan.FromDays(3650)),
            nameof(Ttl),
            Ttl,
            "must be above 0 and at most 10 years"
        );
        Check(
            Grace is not { } grace || (grace >= TimeSpan.Zero && grace <= TimeSpan.FromDays(3650)),
            nameof(Grace),
            Grace,
            "must be 0 to 10 years"
        );

        static void Check(bool fits, string name, TimeSpan? value, string range)
        {
            if (!fits)
            {
                throw new ArgumentOutOfRangeException(name, value, $"{nameof(WriteOptions)}.{name} {range}.");
            }
        }
    }
}
