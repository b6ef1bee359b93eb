namespace Telemetry;

/// <summary>What became of a batch: how many of its readings were accepted, and the places of those to be sent again.</summary>
internal sealed record Ingested(int Accepted, IReadOnlyList<int> Refused);
