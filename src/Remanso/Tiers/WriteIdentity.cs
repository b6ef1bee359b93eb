namespace Remanso.Tiers;

/// <summary>By what a repeated write is known.</summary>
/// <param name="Id">The name that the caller gave it, unique per key for the time of
/// <see cref="TierOptions.IdempotencyRetention"/>.</param>
/// <param name="Fingerprint">What it writes, in 32 characters: the same name with another fingerprint is another write by mistake.</param>
internal sealed record WriteIdentity(string Id, string Fingerprint)
{
    /// <summary>Who gave it, where that is known: one owner leaves room for the others'
    /// (<see cref="TierOptions.MaxIdempotencyKeys"/>). It is no part of the name.</summary>
    public string? Owner { get; init; }
}
