using System.Text.Json.Serialization;

namespace Telemetry;

/// <summary>What became of a batch: how many of its readings were accepted, and the places of those to be sent again.</summary>
internal sealed record Ingested(int Accepted, IReadOnlyList<int> Refused)
{
    /// <summary>Those that will never be accepted, each with its reason.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<Unfit>? Unfit { get; init; }
}
