namespace Remanso;

/// <summary>What a flush did.</summary>
/// <param name="Stored">How many entries the store holds now that were dirty before; versions, in a cache that keeps
/// every one (<see cref="WriteMode.EveryVersion"/>).</param>
/// <param name="Failed">The keys (in their tier form) that are not stored, and why.</param>
public sealed record FlushReport(long Stored, IReadOnlyDictionary<string, string> Failed);
