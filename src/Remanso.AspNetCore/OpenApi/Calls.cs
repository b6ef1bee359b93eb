namespace Remanso.AspNetCore.OpenApi;

/// <summary>The descriptions of the calls.</summary>
internal static class Calls
{
    private const CallParameters Corrected = CallParameters.Written | CallParameters.Lifetime | CallParameters.Tag;

    private static readonly int[] _readProblems = [400, 404, 502, 503, 504];
    private static readonly int[] _writeProblems = [400, 404, 409, 412, 413, 415, 422, 501, 502, 503, 504];
    private static readonly int[] _operateProblems = [400, 404, 413, 415, 503];
    private static readonly CallBody _any = new("*/*") { IsOptional = true };
    private static readonly CallBody _keys = CallBody.Json<KeysBody>("""{"keys":["user:42"]}""");
    private static readonly CallBody _choice = CallBody.Json<ChoiceBody>("""{"tags":["team:7"]}""");
    private static readonly CallBody _receipt = CallBody.Json<ReceiptAnswer>(
        """{"key":"user:42","version":1763757600000000,"durability":"accepted"}"""
    );
    private static readonly CallBody _merged = CallBody.Json<MergeAnswer>(
        """{"key":"hits","value":8,"version":1763757600000000,"durability":"accepted"}"""
    );

    public static CallDescription Set { get; } =
        new("setValue", "POST", "Write a value to the cache default")
        {
            Parameters = CallParameters.IdempotencyKey,
            Body = CallBody.Json<KeyAndValue>("""{"key":"user:42","value":"Alice"}"""),
            Answer = CallBody.Json<CachedAnswer>("""{"status":"cached","key":"user:42","value":"Alice","version":1763757600000000}"""),
            Right = One(200, "Written."),
            Problems = [400, 409, 413, 415, 422, 501, 502, 503, 504],
        };

    public static CallDescription Get { get; } =
        new("getValue", "GET", "Read a value of the cache default")
        {
            Parameters = CallParameters.Source,
            Answer = CallBody.Json<ReadAnswer>("""{"source":"cache","key":"user:42","value":"Alice","version":1763757600000000}"""),
            Absence = CallBody.Json<AbsentAnswer>("""{"key":"user:42","value":null}"""),
            Right = new Dictionary<int, string> { [200] = "The value.", [404] = "The key is absent: {\"key\":…,\"value\":null}." },
            Problems = [400, 502, 503],
        };

    public static CallDescription[] Read { get; } =
    [
        new("getEntry", "GET", "Read a value, as it was written")
        {
            Headers = CallHeaders.Read,
            Parameters = CallParameters.Source | CallParameters.Wish | CallParameters.IfNoneMatch,
            Answer = new CallBody("*/*"),
            Right = new Dictionary<int, string> { [200] = "The value with its own Content-Type.", [304] = "The client has this version." },
            Problems = _readProblems,
        },
        new("headEntry", "HEAD", "Read the head of a value")
        {
            Headers = CallHeaders.Read,
            Parameters = CallParameters.Source | CallParameters.Wish | CallParameters.IfNoneMatch,
            Right = new Dictionary<int, string> { [200] = "The head of GET.", [304] = "The client has this version." },
            Problems = _readProblems,
        },
    ];

    public static CallDescription Put { get; } =
        Write("putEntry", "PUT", "Write a value") with
        {
            Parameters = CallParameters.Made,
            Body = _any,
        };

    public static CallDescription Patch { get; } =
        Write("patchEntry", "PATCH", "Change members of a JSON value by a merge patch (RFC 7396)") with
        {
            Parameters = CallParameters.Made,
            Body = new CallBody("application/merge-patch+json", Shape: null, """{"level":8,"old":null}"""),
        };

    public static CallDescription Delete { get; } =
        Write("deleteEntry", "DELETE", "Delete a key") with
        {
            Parameters = CallParameters.Written,
        };

    public static CallDescription[] Entry { get; } =
    [
        Write("incrementEntry", "POST", "Add to a whole number") with
        {
            Suffix = "/increment",
            Parameters = CallParameters.Made,
            Body = CallBody.Json<IncrementBody>("""{"by":1}""") with { IsOptional = true },
            Answer = _merged,
        },
        Write("mergeEntry", "POST", "Change the value that is there, in one step") with
        {
            Suffix = "/merge",
            Parameters = CallParameters.Made,
            Body = CallBody.Json<MergeRequest>("""{"op":"max","value":7}"""),
            Answer = _merged,
        },
        Write("waitForEntry", "POST", "Wait until a write is more durable") with
        {
            Suffix = "/wait",
            Parameters = CallParameters.Durability | CallParameters.Awaited,
            Problems = [400, 404, 409, 501, 503, 504],
        },
    ];

    public static CallDescription BatchGet { get; } =
        new("batchGetEntries", "POST", "Read many values")
        {
            Body = CallBody.Json<string[]>("""["a","b"]"""),
            Answer = CallBody.Json<BatchReadAnswer[]>(
                """
                [{"key":"a","status":200,"source":"cache","value":"x","version":1763757600000000},
                 {"key":"b","status":404,"value":null}]
                """
            ),
            Right = One(200, "A result for each key, in the order of the request."),
            Problems = [400, 404, 413, 415, 502, 503],
        };

    public static CallDescription BatchSet { get; } =
        new("batchSetEntries", "POST", "Write many values, each for itself")
        {
            Parameters = CallParameters.Durability | CallParameters.Lifetime | CallParameters.IdempotencyKey,
            Body = CallBody.Json<KeyAndValue[]>("""[{"key":"a","value":"x"},{"key":"b","value":{"n":1},"tags":["t"]}]"""),
            Answer = CallBody.Json<BatchWriteAnswer[]>(
                """
                [{"key":"a","status":202,"version":1763757600000000},
                 {"key":"b","status":503,
                 "type":"urn:remanso:problem:back-pressure","error":"…","accepted":false,"retryAfter":1}]
                """
            ),
            Right = One(200, "An outcome for each entry, in the order of the request."),
            Problems = [400, 404, 413, 415, 501, 503],
        };

    public static CallDescription Flush { get; } =
        new("flushCache", "POST", "Store everything that is dirty now")
        {
            Answer = CallBody.Json<FlushAnswer>("""{"stored":3,"failed":[{"key":"k","error":"…"}]}"""),
            Right = One(200, "What was stored, and what was not."),
            Problems = [404, 503],
        };

    public static CallDescription Invalidate { get; } =
        new("invalidateEntries", "POST", "Drop clean copies: of keys, of what carries one of some tags, or all")
        {
            Body = _choice,
            Right = One(204, "Dropped; what is dirty stays."),
            Problems = _operateProblems,
        };

    public static CallDescription Expire { get; } =
        new("expireEntries", "POST", "End the TTL of copies: of keys, of what carries one of some tags, or of all")
        {
            Body = _choice,
            Right = One(204, "The next read loads; a copy is served for what is left of its grace period where that fails."),
            Problems = _operateProblems,
        };

    public static CallDescription Preload { get; } =
        new("preloadEntries", "POST", "Load what is not there, in batches, one query at a time")
        {
            Body = _keys,
            Answer = CallBody.Json<PreloadAnswer>("""{"keys":2,"found":1,"loaded":2,"failed":0}"""),
            Right = One(200, "How many keys were looked at, have a value, were loaded for it, could not be read."),
            Problems = [400, 404, 413, 415, 502, 503],
        };

    public static CallDescription DeadLetters { get; } =
        new("listDeadLetters", "GET", "List what the store refused for good, oldest first")
        {
            Parameters = CallParameters.Max | CallParameters.One | CallParameters.Filter,
            Answer = CallBody.Json<DeadLettersAnswer>(
                """
                {"deadLetters":[{"key":"k","version":5,"error":"too long","at":"2025-11-21T20:40:00Z",
                 "deleted":false,"contentType":"text/plain","bytes":3}]}
                """
            ),
            Right = One(200, "The dead letters."),
            Problems = [400, 404, 503],
        };

    public static CallDescription Replay { get; } =
        new("replayDeadLetters", "POST", "Queue dead letters again, with the keys' current values")
        {
            Parameters = CallParameters.Filter,
            Body = _keys with { IsOptional = true },
            Answer = CallBody.Json<ReplayedAnswer>("""{"replayed":1}"""),
            Right = One(200, "How many were queued."),
            Problems = _operateProblems,
        };

    public static CallDescription Drop { get; } =
        new("dropDeadLetters", "DELETE", "Give dead letters up")
        {
            Parameters = CallParameters.Filter,
            Body = _keys with { IsOptional = true },
            Answer = CallBody.Json<DroppedAnswer>("""{"dropped":1}"""),
            Right = One(200, "How many were dropped."),
            Problems = _operateProblems,
        };

    public static CallDescription Edit { get; } =
        Write("correctDeadLetter", "PUT", "Put a corrected value in the place of a refused one, and queue it") with
        {
            Parameters = Corrected,
            Body = _any,
        };

    public static CallDescription Watch { get; } =
        new("watchCache", "GET", "Hear of changes as server-sent events, until one side ends it")
        {
            Parameters = CallParameters.Watched,
            Answer = new CallBody("text/event-stream"),
            Right = One(200, "Events gap, written, removed, invalidated, tag-invalidated, all-invalidated and position."),
            Problems = [400, 404, 503],
        };

    public static CallDescription Statistics { get; } =
        new("getStatistics", "GET", "Counts since the process started, and what is dirty now")
        {
            Answer = new CallBody("application/json", typeof(StatisticsAnswer)),
            Right = One(200, "The statistics by cache."),
            Problems = [503],
        };

    public static CallDescription Processes { get; } =
        new("listProcesses", "GET", "The processes that share the tier")
        {
            Answer = CallBody.Json<ProcessesAnswer>(
                """
                {"processes":[{"id":"3f9c2ab0517e","this":true,"state":"alive","role":"worker","version":"1.0.0",
                 "machine":"db-7","pid":1,"startedAt":"2026-01-01T00:00:00Z","silentMs":812,
                 "caches":{"default":{"state":"alive","flushes":true,"partitions":[0,1],"of":64,"silentMs":812}}}],"cut":false}
                """
            ),
            Right = One(200, "The processes, the living first."),
            Problems = [503],
        };

    public static CallDescription Live { get; } =
        new("getLiveness", "GET", "Whether the process answers")
        {
            Answer = CallBody.Json<StatusAnswer>("""{"status":"live"}"""),
            Right = One(200, "It does."),
        };

    public static CallDescription Ready { get; } =
        new("getReadiness", "GET", "Whether the process can do its work")
        {
            Answer = CallBody.Json<ReadyAnswer>("""{"status":"ready"}"""),
            Headers = CallHeaders.NoRetry,
            Right = One(200, "It can."),
            Problems = [503],
        };

    private static CallDescription Write(string id, string method, string summary) =>
        new(id, method, summary)
        {
            Headers = CallHeaders.Written,
            Answer = _receipt,
            Right = new Dictionary<int, string> { [200] = "Stored in the database.", [202] = "Accepted, not yet in the database." },
            Problems = _writeProblems,
        };

    private static Dictionary<int, string> One(int status, string meaning) => new() { [status] = meaning };
}
