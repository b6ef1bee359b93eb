namespace Remanso;

/// <summary>What a flush did.</summary>
/// <param name="Stored">How many entries the store holds now that were dirty before; versions, in a cache that keeps
/// every one (<see cref="WriteMode.EveryVersion"/>).</param>
/// <param name="Failed">The keys (in their tier form) that are not stored, and why.</param>
public sealed record FlushReport(long Stored, IReadOnlyDictionary<string, string> Failed)
{
    /// <summary>How many entries are dirty still that were so before, beside those of <see cref="Failed"/>. Where the store takes
    /// nothing here, most of them were not tried, and those of other workers are not waited for. Otherwise they are other
    /// workers' to flush, and nothing of them was stored for <see cref="FlushOptions.StoredTimeout"/>: none of those is alive, or
    /// their store takes nothing.</summary>
    public long Left { get; init; }

    /// <summary>Why they are left, where this process knows what keeps it from flushing; null otherwise.</summary>
    public string? Reason { get; init; }

    /// <summary>How many dead letters wait that the store had refused before this flush. Their values are in the tier alone:
    /// whoever empties it loses them.</summary>
    public long DeadLetters { get; init; }
}
