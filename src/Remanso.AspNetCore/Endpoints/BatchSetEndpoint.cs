using System.Text.Json;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Endpoints;

/// <summary><c>POST …/entries:batch-set</c>: an array of keys and values in, an array of outcomes out, in the same
/// order; each stands for itself.</summary>
internal static class BatchSetEndpoint
{
    private static readonly JsonBody.Parser<List<KeyedValue>> _parser = Parse;

    public static async Task InvokeAsync(HttpContext context, CacheContext cache)
    {
        var durability = Query.Durability(context.Request);
        var lifetime = Query.Lifetime(context.Request);
        var (ttl, grace) = (Query.Ttl(context.Request), Query.Grace(context.Request));
        var id = IdempotencyKey.Of(context.Request);
        var entries = await JsonBody.ReadAsync(context.Request, cache.MaxBatchBytes, _parser);
        List<WriteOutcome> outcomes = new(entries.Count);
        var access = RemansoAccess.Of(context);
        while (outcomes.Count < entries.Count)
        {
            var next = entries[outcomes.Count].Key;
            if (!access.Allows(RemansoScopes.Write, cache.Cache.Name, next))
            {
                outcomes.Add(new WriteOutcome(default, new RemansoAccessDeniedException(RemansoScopes.Write, cache.Cache.Name, next)));
                continue;
            }

            // One call has one media type and one list of tags for all: runs of the same keep the order of a key that occurs twice.
            var run = TakeRun(entries, outcomes.Count, key => access.Allows(RemansoScopes.Write, cache.Cache.Name, key));
            var options = entries[outcomes.Count].Options with
            {
                Durability = durability,
                Lifetime = lifetime,
                Ttl = ttl,
                Grace = grace,
                IdempotencyKey = id is null ? null : $"{id}#{outcomes.Count}",
                IdempotencyOwner = IdempotencyKey.OwnerOf(context.Request),
            };
            try
            {
                outcomes.AddRange(await cache.Cache.SetManyAsync(run, options, context.RequestAborted));
            }
            catch (Exception exception) when (outcomes.Count > 0 && ErrorMap.Explain(exception) is not null)
            {
                // Earlier runs are written and their outcomes are owed to the client.
                outcomes.AddRange(Enumerable.Repeat(new WriteOutcome(default, exception), run.Count));
            }
        }

        var json = JsonBuffer.Rent();
        json.Writer.WriteStartArray();
        for (var i = 0; i < entries.Count; i++)
        {
            Write(json.Writer, entries[i].Key, outcomes[i]);
        }

        json.Writer.WriteEndArray();
        await json.SendAsync(context, StatusCodes.Status200OK);
    }

    private static List<KeyValuePair<string, ReadOnlyMemory<byte>>> TakeRun(List<KeyedValue> entries, int start, Func<string, bool> allows)
    {
        List<KeyValuePair<string, ReadOnlyMemory<byte>>> run = [];
        for (var i = start; i < entries.Count && entries[i].IsWrittenLike(entries[start]) && allows(entries[i].Key); i++)
        {
            run.Add(new(entries[i].Key, entries[i].Value.Bytes));
        }

        return run;
    }

    private static void Write(Utf8JsonWriter writer, string key, in WriteOutcome outcome)
    {
        writer.WriteStartObject();
        writer.WriteString(Names.Key, key);
        if (outcome.Error is null)
        {
            writer.WriteNumber(Names.Status, EntryWriteEndpoint.StatusOf(outcome.Receipt));
            writer.WriteNumber(Names.Version, outcome.Receipt.Version);
        }
        else
        {
            var problem = ErrorMap.Explain(outcome.Error);
            writer.WriteNumber(Names.Status, problem?.Status ?? StatusCodes.Status500InternalServerError);
            if (problem?.Version is { } version)
            {
                writer.WriteNumber(Names.Version, version);
            }

            writer.WriteString(Names.Error, problem?.Detail ?? "The server failed to write this entry.");
        }

        writer.WriteEndObject();
    }

    public static List<KeyedValue> Parse(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray)
        {
            throw Problems.MalformedJson("An array of {\"key\":…,\"value\":…} is expected.");
        }

        List<KeyedValue> entries = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (entries.Count == CacheContext.MaxBatch)
            {
                throw Problems.BadRequest($"The body has more than {CacheContext.MaxBatch} elements.");
            }

            entries.Add(KeyedValue.Parse(ref reader, json));
        }

        return entries;
    }
}
