using System.Text.Json.Serialization;

namespace Remanso.AspNetCore.Security.Guards;

/// <summary>The JSON of a refusal.</summary>
internal sealed record RefusalBody(string Type, string Title, int Status, string Detail, string? Scope);

/// <summary>Serialization without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(RefusalBody))]
internal sealed partial class RefusalJsonContext : JsonSerializerContext;
