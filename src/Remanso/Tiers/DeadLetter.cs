namespace Remanso;

/// <summary>An entry that the backing store refuses for good.</summary>
/// <param name="Key">The key.</param>
/// <param name="Entry">The refused value and version.</param>
/// <param name="Error">Why the store refused it.</param>
/// <param name="At">When, microseconds since 1970 in the tier's clock.</param>
public sealed record DeadLetter(string Key, CacheEntry Entry, string Error, long At);
