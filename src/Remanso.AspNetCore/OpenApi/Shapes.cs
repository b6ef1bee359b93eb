using System.ComponentModel;
using System.Text.Json;

namespace Remanso.AspNetCore.OpenApi;

// What bodies are made of, for the description of the API alone: they are read and written by hand. A parameter without
// a default is required.
#pragma warning disable CA1812 // Never made: only described.

internal sealed record KeyAndValue(
    [property: Description("1 to 1,024 bytes of UTF-8 without control characters.")] string Key,
    [property: Description("Any JSON; a string is stored as its text.")] JsonElement Value,
    [property: Description("At most 16, of 1 to 256 bytes each.")] string[]? Tags = null
);

internal sealed record CachedAnswer(string Status, string Key, JsonElement Value, long Version);

internal sealed record ReadAnswer(
    string Source,
    string Key,
    JsonElement Value,
    long Version,
    [property: Description("base64, where the value is neither text nor JSON.")] string? Encoding = null
);

internal sealed record AbsentAnswer(string Key, [property: Description("null.")] JsonElement? Value);

internal sealed record ReceiptAnswer(
    string Key,
    [property: Description("Grows with every write of the key.")] long Version,
    [property: Description("accepted, replicated, logged or stored.")] string Durability
);

internal sealed record MergeAnswer(
    string Key,
    long Version,
    string Durability,
    [property: Description("Of numbers: what is there now.")] long? Value = null
);

internal sealed record IncrementBody([property: Description("1 without it.")] long? By = null);

internal sealed record MergeRequest(
    [property: Description("add, max, min, append or patch.")] string Op,
    JsonElement? Value = null,
    [property: Description("Of add: 1 without it.")] long? By = null,
    [property: Description("1 to 1,000,000.")] int? Cap = null
);

internal sealed record BatchReadAnswer(
    string Key,
    int Status,
    string? Source = null,
    JsonElement? Value = null,
    [property: Description("base64, where the value is neither text nor JSON.")] string? Encoding = null,
    long? Version = null,
    [property: Description(Beside.Type)] string? Type = null,
    [property: Description(Beside.Error)] string? Error = null,
    [property: Description(Beside.RetryAfter)] int? RetryAfter = null
);

internal sealed record BatchWriteAnswer(
    string Key,
    int Status,
    long? Version = null,
    [property: Description(Beside.Type)] string? Type = null,
    [property: Description(Beside.Error)] string? Error = null,
    [property: Description(Beside.Accepted)] bool? Accepted = null,
    [property: Description(Beside.RetryAfter)] int? RetryAfter = null
);

internal sealed record KeysBody([property: Description("At most 10,000.")] string[] Keys);

internal sealed record ChoiceBody(string[]? Keys = null, string[]? Tags = null, bool? All = null);

internal sealed record FlushAnswer(
    int Stored,
    FailedEntry[] Failed,
    [property: Description("Dirty still, where workers stored nothing for a while.")] long? Left = null,
    [property: Description("Why they are left, where this process knows what keeps it from flushing.")] string? Reason = null,
    [property: Description("Dead letters that the database had refused before.")] long? DeadLetters = null
);

internal sealed record FailedEntry(string Key, string Error);

internal sealed record PreloadAnswer(int Keys, int Found, int Loaded, int Failed);

internal sealed record DeadLetterAnswer(
    string Key,
    long Version,
    string Error,
    DateTimeOffset At,
    bool Deleted,
    string? ContentType,
    int Bytes
);

internal sealed record DeadLettersAnswer(DeadLetterAnswer[] DeadLetters);

internal sealed record ReplayedAnswer(int Replayed);

internal sealed record DroppedAnswer(int Dropped);

internal sealed record StatusAnswer(string Status);

internal sealed record ReadyAnswer(
    string Status,
    [property: Description("What is to be looked at though it is ready, a line each; not there where nothing is.")]
        IReadOnlyList<string>? Warnings = null
);

internal sealed record StatisticsAnswer(Dictionary<string, CacheNumbers> Caches);

internal sealed record ProcessesAnswer(
    ProcessAnswer[] Processes,
    [property: Description("Whether there are more than are remembered.")] bool Cut
);

internal sealed record ProcessAnswer(
    string Id,
    bool This,
    [property: Description("alive, or dead: it was not heard of for three heartbeats.")] string State,
    string Role,
    string Version,
    string Machine,
    int Pid,
    DateTimeOffset StartedAt,
    long SilentMs,
    Dictionary<string, ProcessCacheAnswer> Caches
);

internal sealed record ProcessCacheAnswer(string State, bool Flushes, int[] Partitions, int Of, long SilentMs);

internal sealed record CacheNumbers(
    ReadNumbers Reads,
    FlightNumbers Flights,
    LoadNumbers Loads,
    long Writes,
    FlushNumbers Flush,
    long Refused,
    long TagsRemoved,
    long Purged,
    long Superseded,
    long Vanished,
    string Circuit,
    HeldNumbers Near,
    HeldNumbers Memory,
    long EarlyRefreshes,
    long BackedOff,
    long SoftTimeouts,
    [property: Description("What is not stored; absent where the tier can't be reached, and was not asked before.")]
        DirtyNumbers? Dirty = null,
    [property: Description("When dirty was asked for; there where the tier can't be reached now.")] DateTimeOffset? DirtyAsOf = null
);

internal sealed record ReadNumbers(long Near, long Tier, long Store, long Absent, long Stale);

internal sealed record FlightNumbers(long Led, long Joined);

internal sealed record LoadNumbers(long Queries, long Keys);

internal sealed record FlushNumbers(long Batches, long Stored, long AlreadyStored, long Superseded, long DeadLettered);

internal sealed record DirtyNumbers(long Entries, long Bytes, long OldestAgeMs, long DeadLetters);

internal sealed record HeldNumbers(long Entries, long Bytes, long Evicted);

internal sealed record ProblemAnswer(
    string Type,
    string Title,
    int Status,
    string Detail,
    [property: Description("The key's version, or that of an accepted write.")] long? Version = null,
    [property: Description(Beside.Accepted)] bool? Accepted = null,
    string[]? Problems = null,
    [property: Description("The scope that lacks.")] string? Scope = null
);

/// <summary>What an error beside one of many has, in words.</summary>
internal static class Beside
{
    public const string Type = "The name of the problem, as the call for this one alone would have had it: urn:remanso:problem:….";
    public const string Error = "What is wrong, for people; there where this one failed.";
    public const string Accepted =
        "Whether the write is accepted nevertheless; not there where that is not known, and with a status below 500 it is not.";
    public const string RetryAfter = "After how many seconds another try makes sense.";
}
