namespace Remanso.Client;

/// <summary>What a write has reached.</summary>
/// <param name="Version">The write's version.</param>
/// <param name="Durability">What is true of it now.</param>
public sealed record WriteAnswer(long Version, WriteDurability Durability);
