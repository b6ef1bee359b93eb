using System.Text.Json;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Http.Limits;
using Remanso.AspNetCore.Security;
using Remanso.Entries;

namespace Remanso.AspNetCore.Endpoints;

/// <summary><c>POST …/entries:batch-get</c>: an array of keys in, an array of results out, in the same order.</summary>
internal sealed class BatchGetEndpoint(CallErrors errors)
{
    private const int PartBytes = 64 << 10;
    private const int MostKeysAtOnce = 1000;
    private const int MostFailures = 2;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    private static readonly JsonBody.Parser<List<string>> _parser = Parse;

    public async Task InvokeAsync(HttpContext context, CacheContext cache)
    {
        var keys = await JsonBody.ReadAsync(context.Request, cache.MaxBatchBytes, _parser);
        var limits = TransferLimits.Of(context);
        using var deadline = new TransferDeadline(limits);
        var json = JsonBuffer.Rent();
        json.Writer.WriteStartArray();

        // What the values take is known when they are here, so room for the largest is taken before, and there is never
        // more than a part of them.
        var atOnce = (int)Math.Clamp(limits.Budget.Limit / 4 / cache.MaxValueBytes, 1, MostKeysAtOnce);
        Exception? failure = null;
        var isAnswered = keys.Count == 0;
        var failures = 0;
        foreach (var part in keys.Chunk(atOnce))
        {
            if (failures == MostFailures)
            {
                // Each part would wait as long once more.
                if (!isAnswered)
                {
                    break;
                }

                WriteFailed(context, part, refused: [], json.Writer, failure!);
                await json.SendPartAsync(context, deadline);
                continue;
            }

            var failed = await AnswerPartAsync(context, cache, part, json, deadline, isAnswered);
            failures = failed is not null && IsPassing(failed) ? failures + 1 : 0;
            (failure, isAnswered) = (failed ?? failure, isAnswered || failed is null);
        }

        if (!isAnswered)
        {
            // Nothing of what was asked for can be read: there is no answer to give beside it.
            throw failure!;
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

    /// <returns>Why none of these keys can be read; null where some can.</returns>
    private async Task<Exception?> AnswerPartAsync(
        HttpContext context,
        CacheContext cache,
        string[] keys,
        JsonBuffer json,
        TransferDeadline deadline,
        bool isAnswered
    )
    {
        Dictionary<string, Problem> refused = new(StringComparer.Ordinal);
        var valid = ValidKeys(context, cache, keys, refused);
        var charge = RequestCharge.Of(context);
        var reserved = (long)cache.MaxValueBytes * valid.Count;
        if (!await charge.TryReserveAsync(reserved, _patience))
        {
            var busy = Problems.Busy();
            if (!isAnswered)
            {
                throw busy;
            }

            WriteFailed(context, keys, refused, json.Writer, busy);
            return busy;
        }

        var (results, failure) = await ReadAsync(context, cache, valid);
        var held = Math.Min(reserved, results?.Values.Sum(static result => (long)result.Value.Length) ?? 0);
        charge.Settle(reserved, held);
        if (results is null)
        {
            WriteFailed(context, keys, refused, json.Writer, failure!);
            return failure;
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
                    WriteRefused(json.Writer, key, refusal);
                }
                else if (results[key] is { Error: { } error })
                {
                    WriteFailed(context, json.Writer, key, error);
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

        return null;
    }

    private static async ValueTask<(IReadOnlyDictionary<string, ReadResult<ReadOnlyMemory<byte>>>? Results, Exception? Failure)> ReadAsync(
        HttpContext context,
        CacheContext cache,
        HashSet<string> valid
    )
    {
        try
        {
            return (await cache.Cache.GetManyAsync(valid, context.RequestAborted), null);
        }
        catch (Exception exception) when (ErrorMap.Explain(exception) is not null && !ErrorMap.IsClientGone(exception, context))
        {
            return (null, exception);
        }
    }

    private static bool IsPassing(Exception exception) =>
        ErrorMap.Explain(exception)?.Status is StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout;

    /// <summary>Says of keys that they could not be read.</summary>
    private void WriteFailed(
        HttpContext context,
        string[] keys,
        Dictionary<string, Problem> refused,
        Utf8JsonWriter writer,
        Exception exception
    )
    {
        foreach (var key in keys)
        {
            if (refused.TryGetValue(key, out var refusal))
            {
                WriteRefused(writer, key, refusal);
            }
            else
            {
                WriteFailed(context, writer, key, exception);
            }
        }
    }

    private void WriteFailed(HttpContext context, Utf8JsonWriter writer, string key, Exception exception) =>
        WriteRefused(writer, key, errors.Beside(context, exception, "The server failed to read this key."));

    private static HashSet<string> ValidKeys(HttpContext context, CacheContext cache, string[] keys, Dictionary<string, Problem> refused)
    {
        var access = RemansoAccess.Of(context);
        Problem? forbidden = null;
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
                    refused[key] = forbidden ??= ErrorMap.Explain(
                        new RemansoAccessDeniedException(RemansoScopes.Read, cache.Cache.Name, key)
                    )!;
                }
            }
            catch (InvalidKeyException exception)
            {
                refused[key] = ErrorMap.Explain(exception)!;
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

    private static void WriteRefused(Utf8JsonWriter writer, string key, Problem problem)
    {
        writer.WriteStartObject();
        writer.WriteString(Names.Key, key);
        writer.WriteNumber(Names.Status, problem.Status);
        problem.WriteBeside(writer);
        writer.WriteEndObject();
    }

    public static List<string> Parse(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        reader.Read();
        return JsonBody.TakeStrings(ref reader, "The body", CacheContext.MaxBatch);
    }
}
