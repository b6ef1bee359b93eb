namespace Remanso.Client;

/// <summary>What a flush did.</summary>
/// <param name="Stored">How many entries are in the database now that were not before.</param>
/// <param name="Failed">Why others are not, by key.</param>
public sealed record FlushAnswer(long Stored, IReadOnlyDictionary<string, string> Failed);
