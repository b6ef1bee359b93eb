using System.Text.Json;
using System.Text.Json.Serialization;

namespace Remanso.Client.Http;

/// <summary>The JSON of the API.</summary>
// A value may have 64 levels, and lies below some of the answer's own.
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 80)]
[JsonSerializable(typeof(ProblemReply))]
[JsonSerializable(typeof(WriteReply))]
[JsonSerializable(typeof(ReadyReply))]
[JsonSerializable(typeof(StatisticsReply))]
[JsonSerializable(typeof(ProcessesReply))]
[JsonSerializable(typeof(FlushReply))]
[JsonSerializable(typeof(PreloadAnswer))]
[JsonSerializable(typeof(DeadLettersReply))]
[JsonSerializable(typeof(CountReply))]
[JsonSerializable(typeof(WatchReply))]
[JsonSerializable(typeof(List<BatchReadReply>))]
[JsonSerializable(typeof(List<BatchWriteReply>))]
[JsonSerializable(typeof(SelectionBody))]
[JsonSerializable(typeof(IncrementBody))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class ApiJson : JsonSerializerContext;

internal sealed record ProblemReply(
    string? Type,
    string? Title,
    string? Detail,
    long? Version,
    bool? Accepted,
    IReadOnlyList<string>? Problems
);

internal sealed record ReadyReply([property: JsonRequired] string Status, IReadOnlyList<string>? Warnings = null);

internal sealed record WriteReply([property: JsonRequired] long Version, string? Durability, long? Value);

internal sealed record StatisticsReply([property: JsonRequired] Dictionary<string, CacheCounts> Caches);

internal sealed record ProcessesReply([property: JsonRequired] IReadOnlyList<ProcessAnswer> Processes);

internal sealed record FlushReply(
    [property: JsonRequired] long Stored,
    IReadOnlyList<FailedReply>? Failed,
    long Left,
    string? Reason,
    long DeadLetters
);

internal sealed record FailedReply(string Key, string Error);

internal sealed record DeadLettersReply([property: JsonRequired] IReadOnlyList<DeadLetterAnswer> DeadLetters);

internal sealed record CountReply(int Replayed, int Dropped);

internal sealed record BatchReadReply(
    string Key,
    int Status,
    string? Source,
    JsonElement Value,
    string? Encoding,
    long Version,
    string? Error,
    string? Type,
    int? RetryAfter
);

internal sealed record BatchWriteReply(string Key, int Status, long Version, string? Error, string? Type, bool? Accepted, int? RetryAfter);

internal sealed record WatchReply(
    string? Key,
    string? Tag,
    string? Gap,
    long Version,
    long ValueVersion,
    JsonElement Value,
    string? Encoding,
    string? Error,
    string? Type,
    int? RetryAfter
);

internal sealed record SelectionBody(IReadOnlyList<string>? Keys, IReadOnlyList<string>? Tags = null, bool? All = null);

internal sealed record IncrementBody(long By);
