using Remanso.Telemetry;

namespace Remanso;

/// <summary>What the flusher did.</summary>
/// <param name="Batches">Batches saved.</param>
/// <param name="Stored">Rows written.</param>
/// <param name="AlreadyStored">Rows that already had the version: repetitions.</param>
/// <param name="Superseded">Entries whose row has a higher version.</param>
/// <param name="DeadLettered">Entries that the store refused for good.</param>
public sealed record FlushCounts(long Batches, long Stored, long AlreadyStored, long Superseded, long DeadLettered);
