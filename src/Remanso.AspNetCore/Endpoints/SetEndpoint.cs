using Remanso.AspNetCore.Http;
using Remanso.AspNetCore.Security;

namespace Remanso.AspNetCore.Endpoints;

/// <summary><c>POST /set</c>: the original write. Its shape is fixed, the order of its properties included.</summary>
internal static class SetEndpoint
{
    private static readonly JsonBody.Parser<KeyedValue> _parser = KeyedValue.Parse;

    public static Task InvokeAsync(HttpContext context, CacheContext cache)
    {
        var read = JsonBody.ReadAsync(context.Request, cache.MaxJsonBytes, _parser);
        if (!read.IsCompletedSuccessfully)
        {
            return WriteLaterAsync(context, cache, read);
        }

        var entry = read.GetAwaiter().GetResult();
        RemansoAccess.Of(context).Demand(RemansoScopes.Write, cache.Cache.Name, entry.Key);
        var write = cache.Cache.SetAsync(entry.Key, entry.Value.Bytes, OptionsOf(context, entry), context.RequestAborted);
        return write.IsCompletedSuccessfully
            ? AnswerAsync(context, entry, write.GetAwaiter().GetResult().Version)
            : AnswerLaterAsync(context, entry, write);
    }

    private static WriteOptions OptionsOf(HttpContext context, in KeyedValue entry) =>
        IdempotencyKey.Of(context.Request) is { } id
            ? entry.Options with
            {
                IdempotencyKey = id,
                IdempotencyOwner = IdempotencyKey.OwnerOf(context.Request),
            }
            : entry.Options;

    private static async Task WriteLaterAsync(HttpContext context, CacheContext cache, ValueTask<KeyedValue> read)
    {
        var entry = await read;
        RemansoAccess.Of(context).Demand(RemansoScopes.Write, cache.Cache.Name, entry.Key);
        await AnswerLaterAsync(
            context,
            entry,
            cache.Cache.SetAsync(entry.Key, entry.Value.Bytes, OptionsOf(context, entry), context.RequestAborted)
        );
    }

    private static async Task AnswerLaterAsync(HttpContext context, KeyedValue entry, ValueTask<WriteReceipt> write) =>
        await AnswerAsync(context, entry, (await write).Version);

    private static Task AnswerAsync(HttpContext context, in KeyedValue entry, long version)
    {
        var json = JsonBuffer.Rent();
        var writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteString(Names.Status, Names.Cached);
        writer.WriteString(Names.Key, entry.Key);
        if (ReferenceEquals(entry.Value.ContentType, MediaTypes.Text))
        {
            writer.WriteString(Names.Value, entry.Value.Bytes.Span);
        }
        else
        {
            writer.WritePropertyName(Names.Value);
            writer.WriteRawValue(entry.Value.Bytes.Span, skipInputValidation: true);
        }

        writer.WriteNumber(Names.Version, version);
        writer.WriteEndObject();
        return json.SendAsync(context, StatusCodes.Status200OK);
    }
}
