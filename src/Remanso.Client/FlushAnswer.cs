namespace Remanso.Client;

/// <summary>What a flush did.</summary>
/// <param name="Stored">How many entries are in the database now that were not before.</param>
/// <param name="Failed">Why others are not, by key.</param>
public sealed record FlushAnswer(long Stored, IReadOnlyDictionary<string, string> Failed)
{
    /// <summary>How many entries were dirty before and are still, as no worker stored anything for a while; zero otherwise.</summary>
    public long Left { get; init; }

    /// <summary>Why they are left, where the server knows what keeps it from flushing; null otherwise.</summary>
    public string? Reason { get; init; }

    /// <summary>How many dead letters wait that the database had refused before this flush: they are in no database.</summary>
    public long DeadLetters { get; init; }
}
