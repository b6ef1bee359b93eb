namespace Remanso.Tiers;

/// <summary>What a tier made of a write.</summary>
internal enum TierWriteOutcome
{
    /// <summary>The tier holds it, and every reader sees it.</summary>
    Accepted,

    /// <summary>The key does not meet the write's condition; nothing was written.</summary>
    ConditionFailed,

    /// <summary>The write has a condition or merges, and the tier does not hold the key: load it, then try again.
    /// Nothing was written.</summary>
    NotResident,

    /// <summary>A limit of the cache is reached (back-pressure); nothing was written.</summary>
    Full,

    /// <summary>The write merges numbers, and the value is no whole number of 64 bits; nothing was written.</summary>
    NotANumber,

    /// <summary>The write adds, and the sum exceeds 64 bits; nothing was written.</summary>
    Overflow,

    /// <summary>Another write of the key has had this <see cref="WriteIdentity.Id"/>; nothing was written.</summary>
    IdentityReused,

    /// <summary>The write merges JSON, and the value is none, or no array to append to; nothing was written.</summary>
    NotJson,

    /// <summary>The write merges, and the value has or would have more bytes than it may,
    /// <see cref="TierWriteResult.Number"/>; nothing was written.</summary>
    TooLarge,

    /// <summary>The write has an identity, and no more can be known again for now
    /// (<see cref="TierOptions.MaxIdempotencyKeys"/>); nothing was written.</summary>
    IdentitiesFull,
}
