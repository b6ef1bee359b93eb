namespace Remanso.Tiers;

/// <summary>What a tier made of a write.</summary>
public enum TierWriteOutcome
{
    /// <summary>The tier holds it, and every reader sees it.</summary>
    Accepted,

    /// <summary>The key does not meet the write's condition; nothing was written.</summary>
    ConditionFailed,

    /// <summary>The write has a condition or adds, and the tier does not hold the key: load it, then try again. Nothing was written.</summary>
    NotResident,

    /// <summary>A limit of the cache is reached (back-pressure); nothing was written.</summary>
    Full,

    /// <summary>The write adds, and the value is no whole number of 64 bits; nothing was written.</summary>
    NotANumber,

    /// <summary>The write adds, and the sum exceeds 64 bits; nothing was written.</summary>
    Overflow,

    /// <summary>Another write of the key has had this <see cref="WriteIdentity.Id"/>; nothing was written.</summary>
    IdentityReused,
}
