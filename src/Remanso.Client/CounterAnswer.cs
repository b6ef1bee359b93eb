namespace Remanso.Client;

/// <summary>What an increment has reached.</summary>
/// <param name="Value">The sum.</param>
/// <param name="Version">The write's version.</param>
/// <param name="Durability">What is true of it now.</param>
public sealed record CounterAnswer(long Value, long Version, WriteDurability Durability);
