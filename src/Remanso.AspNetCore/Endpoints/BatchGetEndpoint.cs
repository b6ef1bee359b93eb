using System.Text.Json;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Http.Limits;
using Remanso.AspNetCore.Security;
using Remanso.Entries;

namespace Remanso.AspNetCore.Endpoints;

/// <summary><c>POST …/entries:batch-get</c>: an array of keys in, an array of results out, in the same order.</summary>
internal static class BatchGetEndpoint
{
    private const int PartBytes = 64 << 10;
    private const int MostKeysAtOnce = 1000;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    private static readonly JsonBody.Parser<List<string>> _parser = Parse;

    public static async Task InvokeAsync(HttpContext context, CacheContext cache)
    {
        var keys = await JsonBody.ReadAsync(context.Request, cache.MaxBatchBytes, _parser);
        var limits = TransferLimits.Of(context);
        using var deadline = new TransferDeadline(limits);
        var json = JsonBuffer.Rent();
        json.Writer.WriteStartArray();

        // What the values take is known when they are here, so room for the largest is taken before, and there is never
        // more than a part of them.
        var atOnce = (int)Math.Clamp(limits.Budget.Limit / 4 / cache.MaxValueBytes, 1, MostKeysAtOnce);
        foreach (var part in keys.Chunk(atOnce))
        {
            await AnswerPartAsync(context, cache, part, json, deadline);
        }

        json.Writer.WriteEndArray();
        if (!context.Response.HasStarted)
        {
            await json.SendAsync(context, StatusCodes.Status200OK);
            return;
        }

        await json.SendPartAsync(context, deadline);
        json.Return();
    }

    private static async Task AnswerPartAsync(
        HttpContext context,
        CacheContext cache,
        string[] keys,
        JsonBuffer json,
        TransferDeadline deadline
    )
    {
        Dictionary<string, (int Status, string Error)> refused = new(StringComparer.Ordinal);
        var valid = ValidKeys(context, cache, keys, refused);
        var charge = RequestCharge.Of(context);
        var reserved = (long)cache.MaxValueBytes * valid.Count;
        if (!await charge.TryReserveAsync(reserved, _patience))
        {
            WriteFailed(context, keys, json.Writer, Problems.Busy());
            return;
        }

        var results = await ReadAsync(context, cache, keys, valid, json);
        var held = Math.Min(reserved, results?.Values.Sum(static result => (long)result.Value.Length) ?? 0);
        charge.Settle(reserved, held);
        if (results is null)
        {
            return;
        }

        try
        {
            foreach (var key in keys)
            {
                if (json.Length > PartBytes)
                {
                    await json.SendPartAsync(context, deadline);
                }

                if (refused.TryGetValue(key, out var refusal))
                {
                    WriteRefused(json.Writer, key, refusal.Status, refusal.Error);
                }
                else if (results[key] is { Error: { } error })
                {
                    var problem = ErrorMap.Explain(error) ?? throw error;
                    WriteRefused(json.Writer, key, problem.Status, problem.Detail);
                }
                else
                {
                    Write(json.Writer, key, results[key]);
                }
            }
        }
        finally
        {
            charge.Return(held);
        }
    }

    private static async ValueTask<IReadOnlyDictionary<string, ReadResult<ReadOnlyMemory<byte>>>?> ReadAsync(
        HttpContext context,
        CacheContext cache,
        string[] keys,
        HashSet<string> valid,
        JsonBuffer json
    )
    {
        try
        {
            return await cache.Cache.GetManyAsync(valid, context.RequestAborted);
        }
        catch (Exception exception) when (context.Response.HasStarted && !ErrorMap.IsClientGone(exception, context))
        {
            WriteFailed(context, keys, json.Writer, exception);
            return null;
        }
    }

    /// <summary>Says of keys that they could not be read: in the answer that is on its way, or as the answer.</summary>
    private static void WriteFailed(HttpContext context, string[] keys, Utf8JsonWriter writer, Exception exception)
    {
        if (!context.Response.HasStarted || ErrorMap.Explain(exception) is not { } problem)
        {
            throw exception;
        }

        foreach (var key in keys)
        {
            WriteRefused(writer, key, problem.Status, problem.Detail);
        }
    }

    private static HashSet<string> ValidKeys(
        HttpContext context,
        CacheContext cache,
        string[] keys,
        Dictionary<string, (int Status, string Error)> refused
    )
    {
        var access = RemansoAccess.Of(context);
        var forbidden = new RemansoAccessDeniedException(RemansoScopes.Read, cache.Cache.Name, key: null);
        HashSet<string> valid = new(keys.Length, StringComparer.Ordinal);
        foreach (var key in keys)
        {
            try
            {
                CacheKey.Validate(key);
                if (access.Allows(RemansoScopes.Read, cache.Cache.Name, key))
                {
                    valid.Add(key);
                }
                else
                {
                    refused[key] = (StatusCodes.Status403Forbidden, forbidden.Message);
                }
            }
            catch (InvalidKeyException exception)
            {
                refused[key] = (StatusCodes.Status400BadRequest, exception.Message);
            }
        }

        return valid;
    }

    private static void Write(Utf8JsonWriter writer, string key, in ReadResult<ReadOnlyMemory<byte>> result)
    {
        writer.WriteStartObject();
        writer.WriteString(Names.Key, key);
        writer.WriteNumber(Names.Status, result.Found ? StatusCodes.Status200OK : StatusCodes.Status404NotFound);
        if (result.Found)
        {
            writer.WriteString(Names.Source, GetEndpoint.NameOf(result.Source));
            JsonValue.WriteTo(writer, result.Value.Span, result.Entry.ContentType);
            writer.WriteNumber(Names.Version, result.Version);
        }
        else
        {
            writer.WriteNull(Names.Value);
        }

        writer.WriteEndObject();
    }

    private static void WriteRefused(Utf8JsonWriter writer, string key, int status, string error)
    {
        writer.WriteStartObject();
        writer.WriteString(Names.Key, key);
        writer.WriteNumber(Names.Status, status);
        writer.WriteString(Names.Error, error);
        writer.WriteEndObject();
    }

    public static List<string> Parse(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        reader.Read();
        return JsonBody.TakeStrings(ref reader, "The body", CacheContext.MaxBatch);
    }
}
