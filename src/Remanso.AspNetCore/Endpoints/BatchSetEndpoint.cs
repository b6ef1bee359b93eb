using System.Text.Json;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Endpoints;

/// <summary><c>POST …/entries:batch-set</c>: an array of keys and values in, an array of outcomes out, in the same
/// order; each stands for itself.</summary>
internal sealed class BatchSetEndpoint(CallErrors errors)
{
    private static readonly JsonBody.Parser<List<KeyedValue>> _parser = Parse;

    public async Task InvokeAsync(HttpContext context, CacheContext cache)
    {
        var durability = Query.Durability(context.Request);
        var lifetime = Query.Lifetime(context.Request);
        var (ttl, grace) = (Query.Ttl(context.Request), Query.Grace(context.Request));
        var id = IdempotencyKey.Of(context.Request);
        var entries = await JsonBody.ReadAsync(context.Request, cache.MaxBatchBytes, _parser);
        var outcomes = new WriteOutcome?[entries.Count];
        var access = RemansoAccess.Of(context);
        var writes = new BatchWrites(entries);
        for (var i = 0; i < entries.Count; i++)
        {
            var key = entries[i].Key;
            if (access.Allows(RemansoScopes.Write, cache.Cache.Name, key))
            {
                writes.Add(i);
            }
            else
            {
                outcomes[i] = new WriteOutcome(default, new RemansoAccessDeniedException(RemansoScopes.Write, cache.Cache.Name, key));
            }
        }

        await writes.RunAsync(
            async call =>
                await cache.Cache.SetManyAsync(
                    call.ConvertAll(i => KeyValuePair.Create(entries[i].Key, entries[i].Value.Bytes)),
                    entries[call[0]].Options with
                    {
                        Durability = durability,
                        Lifetime = lifetime,
                        Ttl = ttl,
                        Grace = grace,
                        IdempotencyKey = id is null ? null : $"{id}#{call[0]}",
                        IdempotencyOwner = IdempotencyKey.OwnerOf(context.Request),
                    },
                    context.RequestAborted
                ),
            outcomes
        );

        var json = JsonBuffer.Rent();
        json.Writer.WriteStartArray();
        for (var i = 0; i < entries.Count; i++)
        {
            Write(context, json.Writer, entries[i].Key, id, outcomes[i]!.Value);
        }

        json.Writer.WriteEndArray();
        await json.SendAsync(context, StatusCodes.Status200OK);
    }

    private void Write(HttpContext context, Utf8JsonWriter writer, string key, string? id, in WriteOutcome outcome)
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
            var problem = errors.Beside(context, AsSent(outcome.Error, id), "The server failed to write this entry.");
            writer.WriteNumber(Names.Status, problem.Status);
            if (problem.Version is { } version)
            {
                writer.WriteNumber(Names.Version, version);
            }

            problem.WriteBeside(writer);
        }

        writer.WriteEndObject();
    }

    // The client knows its own name, without the places that stand behind it.
    private static Exception AsSent(Exception error, string? id) =>
        error is IdempotencyConflictException conflict && id is not null ? new IdempotencyConflictException(conflict.Key, id) : error;

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

            try
            {
                entries.Add(KeyedValue.Parse(ref reader, json));
            }
            catch (ProblemException exception)
            {
                var detail = $"{JsonBody.ElementOf("The body", entries.Count)} can't be taken: {exception.Problem.Detail}";
                throw new ProblemException(exception.Problem with { Detail = detail });
            }
        }

        return entries;
    }
}
