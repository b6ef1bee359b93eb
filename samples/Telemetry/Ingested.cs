namespace Telemetry;

/// <summary>What became of a batch: how many of its readings were accepted, and how many are to be sent again.</summary>
internal sealed record Ingested(int Accepted, int Refused);
