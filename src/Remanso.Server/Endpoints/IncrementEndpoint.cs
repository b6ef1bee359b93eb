using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Remanso.Entries;
using Remanso.Server.Http;

namespace Remanso.Server.Endpoints;

/// <summary>
/// <c>POST …/entries/{key}/increment</c>: adds to a whole number, by compare-and-set, so that no addition is lost whoever writes at the same time. An absent key counts as 0.
/// </summary>
internal static class IncrementEndpoint
{
    private const int MaxAttempts = 100;

    private static readonly JsonBody.Parser<long> _parser = Parse;

    public static async Task InvokeAsync(HttpContext context, CacheContext cache, string key)
    {
        var by = await JsonBody.ReadAsync(context.Request, cache.MaxJsonBytes, _parser);
        var durability = Query.Durability(context.Request);
        for (var attempt = 1; ; attempt++)
        {
            var current = await cache.Cache.GetAsync(key, context.RequestAborted);
            var sum = Add(key, current, by);
            var options = new WriteOptions
            {
                Condition = current.Found ? WriteCondition.IsVersion(current.Version) : WriteCondition.Absent,
                Durability = durability,
                ContentType = current.Found ? current.Entry.ContentType : MediaTypes.Text,
                Tags = current.Found ? current.Entry.Tags : null,
            };
            var text = Encoding.UTF8.GetBytes(sum.ToString(CultureInfo.InvariantCulture));
            try
            {
                await AnswerAsync(context, key, sum, await cache.Cache.SetAsync(key, text, options, context.RequestAborted));
                return;
            }
            catch (VersionConflictException) when (attempt < MaxAttempts)
            {
                // Somebody else wrote in between: add to what is there now.
            }
        }
    }

    private static long Add(string key, in ReadResult<ReadOnlyMemory<byte>> current, long by)
    {
        if (!current.Found)
        {
            return by;
        }

        var text = current.Value.Span;
        if (!Utf8Parser.TryParse(text, out long number, out var consumed) || consumed != text.Length)
        {
            throw new ProblemException(new Problem(
                StatusCodes.Status409Conflict, "not-a-number", "The value is no whole number",
                $"The value of '{key}' is not a whole number of 64 bits.")
            {
                Version = current.Version,
                Accepted = false,
            });
        }

        try
        {
            return checked(number + by);
        }
        catch (OverflowException)
        {
            throw new ProblemException(new Problem(
                StatusCodes.Status409Conflict, "overflow", "The sum has no room", $"{number} + {by} exceeds 64 bits.")
            {
                Version = current.Version,
                Accepted = false,
            });
        }
    }

    private static long Parse(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            return 1;
        }

        JsonBody.ExpectObject(ref reader);
        var by = 1L;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var known = reader.ValueTextEquals("by"u8);
            reader.Read();
            if (!known)
            {
                reader.Skip();
            }
            else if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out by))
            {
                throw Problems.MalformedJson("by must be a whole number of 64 bits.");
            }
        }

        return by;
    }

    private static Task AnswerAsync(HttpContext context, string key, long sum, WriteReceipt receipt)
    {
        context.Response.Headers.ETag = EntityTag.Of(receipt.Version);
        var json = JsonBuffer.Rent();
        var writer = json.Writer;
        writer.WriteStartObject();
        writer.WriteString(Names.Key, key);
        writer.WriteNumber(Names.Value, sum);
        writer.WriteNumber(Names.Version, receipt.Version);
        writer.WriteString(Names.Durability, Names.Of(receipt.Durability));
        writer.WriteEndObject();
        return json.SendAsync(context, EntryWriteEndpoint.StatusOf(receipt));
    }
}
