namespace Remanso.Telemetry;

/// <summary>Loads from the backing store.</summary>
/// <param name="Queries">Queries.</param>
/// <param name="Keys">Keys asked for in them.</param>
public sealed record LoadCounts(long Queries, long Keys);
