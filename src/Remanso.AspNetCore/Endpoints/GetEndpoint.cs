using System.Text.Json;
using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Http.Limits;

namespace Remanso.AspNetCore.Endpoints;

/// <summary><c>GET /get/{key}</c>: the original read. Its shape is fixed, the order of its properties included.</summary>
internal static class GetEndpoint
{
    public static Task InvokeAsync(HttpContext context, CacheContext cache, string key)
    {
        var read = cache.Cache.GetAsync(key, Query.Source(context.Request), context.RequestAborted);
        return read.IsCompletedSuccessfully
            ? AnswerOrWaitAsync(context, key, read.GetAwaiter().GetResult())
            : AnswerLaterAsync(context, key, read);
    }

    /// <summary>What the JSON calls name the source of an answer.</summary>
    public static JsonEncodedText NameOf(ReadSource source) => source == ReadSource.Store ? Names.Database : Names.Cache;

    private static async Task AnswerLaterAsync(HttpContext context, string key, ValueTask<ReadResult<ReadOnlyMemory<byte>>> read) =>
        await AnswerOrWaitAsync(context, key, await read);

    private static Task AnswerOrWaitAsync(HttpContext context, string key, in ReadResult<ReadOnlyMemory<byte>> result) =>
        result.Found && result.Value.Length > TransferLimits.Small
            ? AnswerLargeAsync(context, key, result)
            : AnswerAsync(context, key, result);

    private static async Task AnswerLargeAsync(HttpContext context, string key, ReadResult<ReadOnlyMemory<byte>> result)
    {
        await RequestCharge.Of(context).TakeAsync(JsonValue.Copies * (long)result.Value.Length);
        await AnswerAsync(context, key, result);
    }

    private static Task AnswerAsync(HttpContext context, string key, in ReadResult<ReadOnlyMemory<byte>> result)
    {
        var json = JsonBuffer.Rent();
        var writer = json.Writer;
        writer.WriteStartObject();
        if (!result.Found)
        {
            writer.WriteString(Names.Key, key);
            writer.WriteNull(Names.Value);
            writer.WriteEndObject();
            return json.SendAsync(context, StatusCodes.Status404NotFound);
        }

        writer.WriteString(Names.Source, NameOf(result.Source));
        writer.WriteString(Names.Key, key);
        JsonValue.WriteTo(writer, result.Value.Span, result.Entry.ContentType);
        writer.WriteNumber(Names.Version, result.Version);
        writer.WriteEndObject();
        return json.SendAsync(context, StatusCodes.Status200OK);
    }
}
