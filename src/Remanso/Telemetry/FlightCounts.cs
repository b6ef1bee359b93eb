namespace Remanso;

/// <summary>Single flights.</summary>
/// <param name="Led">Callers who began one.</param>
/// <param name="Joined">Callers who joined one.</param>
public sealed record FlightCounts(long Led, long Joined);
