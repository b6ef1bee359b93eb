using System.Text.Json;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Endpoints;

/// <summary><c>GET|POST|DELETE /v1/caches/{cache}/dead-letters</c>: list, replay, drop; <c>PUT …/dead-letters/{key}</c>: correct.</summary>
internal static class DeadLettersEndpoint
{
    private const int ListedUnlessSet = 100;

    private static readonly JsonBody.Parser<List<string>> _chosenParser = ParseChosen;
    private static readonly JsonBody.Parser<List<string>?> _optionalParser = ParseKeysIfAny;

    public static async Task ListAsync(HttpContext context, CacheContext cache)
    {
        var max = Query.Max(context.Request, ListedUnlessSet, CacheContext.MaxBatch);
        var access = RemansoAccess.Of(context);
        var filter = Query.DeadLetters(context.Request) ?? DeadLetterFilter.All;
        var key = Query.Keys(context.Request, most: 1) is [var only] ? only : null;
        if (key is not null && filter != DeadLetterFilter.All)
        {
            throw Problems.BadRequest("key chooses one dead letter; error, prefix and olderThan choose others: only one of them.");
        }

        var name = cache.Cache.Name;
        if (filter.Error is not null && !access.Allows(RemansoScopes.Observe, name))
        {
            throw RemansoAccessDeniedException.OfCache(RemansoScopes.Observe, name);
        }

        var letters = await cache.Cache.Operations.GetDeadLettersAsync(
            key is { Length: > 0 } ? new DeadLetterFilter { Prefix = key } : filter,
            // Those of others don't count for whoever sees a part, nor keys that begin with the one that is asked for.
            key is null
            && access.AllowsEveryKey(RemansoScopes.Operate, name)
            && (filter.Error is null || access.AllowsEveryKey(RemansoScopes.Observe, name))
                ? max
                : int.MaxValue,
            context.RequestAborted
        );
        var json = JsonBuffer.Rent();
        json.Writer.WriteStartObject();
        json.Writer.WriteStartArray("deadLetters"u8);
        foreach (var letter in letters.Where(IsShown).Take(max))
        {
            Write(json.Writer, letter, StoreReason.Of(access, name, letter.Key, letter.Error));
        }

        json.Writer.WriteEndArray();
        json.Writer.WriteEndObject();
        await json.SendAsync(context, StatusCodes.Status200OK);

        bool IsShown(DeadLetter letter) =>
            (key is null || letter.Key == key)
            && access.Allows(RemansoScopes.Operate, name, letter.Key)
            && (filter.Error is null || access.Allows(RemansoScopes.Observe, name, letter.Key));
    }

    public static async Task ReplayAsync(HttpContext context, CacheContext cache)
    {
        var operations = cache.Cache.Operations;
        var (filter, keys) = await ChosenAsync(context, cache);
        var replayed = await (
            filter is not null
                ? operations.ReplayDeadLettersAsync(filter, context.RequestAborted)
                : operations.ReplayDeadLettersAsync(keys, context.RequestAborted)
        );
        await AnswerAsync(context, "replayed", replayed);
    }

    public static async Task DropAsync(HttpContext context, CacheContext cache)
    {
        var operations = cache.Cache.Operations;
        var (filter, keys) = await ChosenAsync(context, cache);
        var dropped = await (
            filter is not null
                ? operations.DropDeadLettersAsync(filter, context.RequestAborted)
                : operations.DropDeadLettersAsync(keys, context.RequestAborted)
        );
        await AnswerAsync(context, "dropped", dropped);
    }

    public static async Task EditAsync(HttpContext context, CacheContext cache, string key)
    {
        var (value, options) = await EntryWriteEndpoint.ReadAsync(context.Request, cache, contentTypeUnlessSet: null);
        var receipt = await cache.Cache.Operations.EditDeadLetterAsync(key, value, options, context.RequestAborted);
        await (
            receipt is { } accepted ? EntryWriteEndpoint.AnswerAsync(context, key, accepted) : Problems.NoDeadLetter(key).SendAsync(context)
        );
    }

    /// <summary>What a replay or a drop is about, where the caller may do it with all of that.</summary>
    private static async ValueTask<(DeadLetterFilter? Filter, List<string> Keys)> ChosenAsync(HttpContext context, CacheContext cache)
    {
        if (Query.DeadLetters(context.Request) is not { } filter)
        {
            var keys = await JsonBody.ReadAsync(context.Request, cache.MaxBatchBytes, _chosenParser);
            cache.DemandOperate(context, keys);
            return (null, keys);
        }

        cache.DemandOperate(context, filter);

        // Either of them alone would take more than the caller may mean.
        return await JsonBody.ReadAsync(context.Request, cache.MaxBatchBytes, _optionalParser) is null
            ? (filter, [])
            : throw Problems.BadRequest("The body names keys, and the query chooses by error, prefix, olderThan or all: only one of them.");
    }

    private static Task AnswerAsync(HttpContext context, string what, int count)
    {
        var json = JsonBuffer.Rent();
        json.Writer.WriteStartObject();
        json.Writer.WriteNumber(what, count);
        json.Writer.WriteEndObject();
        return json.SendAsync(context, StatusCodes.Status200OK);
    }

    private static void Write(Utf8JsonWriter writer, DeadLetter letter, string reason)
    {
        writer.WriteStartObject();
        writer.WriteString(Names.Key, letter.Key);
        writer.WriteNumber(Names.Version, letter.Version);
        writer.WriteString(Names.Error, reason);
        writer.WriteString("at"u8, letter.At.UtcDateTime);
        writer.WriteBoolean("deleted"u8, letter.IsDeleted);
        writer.WriteString("contentType"u8, letter.ContentType);
        writer.WriteNumber("bytes"u8, letter.Bytes);
        writer.WriteEndObject();
    }

    /// <summary>Reads <c>{"keys":[…]}</c>.</summary>
    public static List<string> ParseKeys(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        JsonBody.ExpectObject(ref reader);
        return TakeKeys(ref reader) ?? throw Problems.MalformedJson("The property keys is missing.");
    }

    private static List<string> ParseChosen(ref Utf8JsonReader reader, ReadOnlySpan<byte> json) =>
        json.IsEmpty
            ? throw Problems.MalformedJson(
                "The body is empty: {\"keys\":[…]} is expected, or a query of error, prefix, olderThan or all=true."
            )
            : ParseKeys(ref reader, json);

    private static List<string>? ParseKeysIfAny(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            return null;
        }

        JsonBody.ExpectObject(ref reader);
        return TakeKeys(ref reader);
    }

    private static List<string>? TakeKeys(ref Utf8JsonReader reader)
    {
        List<string>? keys = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("keys"u8))
            {
                keys = JsonBody.ReadIfAny(ref reader) ? JsonBody.TakeStrings(ref reader, "keys", CacheContext.MaxBatch) : null;
            }
            else
            {
                reader.Skip();
            }
        }

        return keys;
    }
}
