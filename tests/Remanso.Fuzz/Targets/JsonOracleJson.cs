using System.Text.Json.Serialization;

namespace Remanso.Fuzz.Targets;

/// <summary>How the oracle spells texts.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class JsonOracleJson : JsonSerializerContext;
