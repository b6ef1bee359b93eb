namespace Remanso.Simulation.World;

/// <summary>What a row was from a moment on; no value: it was a tombstone.</summary>
internal readonly record struct StoredRow(long Since, long Version, string? Value);
