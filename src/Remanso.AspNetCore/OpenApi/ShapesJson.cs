using System.Text.Json.Serialization;

namespace Remanso.AspNetCore.OpenApi;

/// <summary>The shapes as generated code: what a native application describes them by, which has no reflection for it.</summary>
[JsonSerializable(typeof(ProblemAnswer))]
[JsonSerializable(typeof(StatisticsAnswer))]
internal sealed partial class ShapesJson : JsonSerializerContext;
