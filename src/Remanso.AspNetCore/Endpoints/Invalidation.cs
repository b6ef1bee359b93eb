using System.Text.Json;
using Remanso.AspNetCore.Http;
using Remanso.Entries;

namespace Remanso.AspNetCore.Endpoints;

/// <summary>What is to be invalidated or expired: keys, what carries one of some tags, or, where both are null, everything.</summary>
internal readonly record struct Invalidation(List<string>? Keys, List<string>? Tags)
{
    /// <summary>Parses the body. Everything is never meant by omission, for that would empty the cache by a typing error.</summary>
    public static Invalidation Parse(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        JsonBody.ExpectObject(ref reader);
        List<string>? keys = null;
        List<string>? tags = null;
        var all = false;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("keys"u8))
            {
                keys = JsonBody.ReadIfAny(ref reader) ? JsonBody.TakeStrings(ref reader, "keys", CacheContext.MaxBatch) : null;
            }
            else if (reader.ValueTextEquals("tags"u8))
            {
                tags = JsonBody.ReadIfAny(ref reader) ? JsonBody.TakeStrings(ref reader, "tags", CacheTag.MaxRemovedAtOnce) : null;
            }
            else if (reader.ValueTextEquals("all"u8))
            {
                all = JsonBody.ReadIfAny(ref reader) && TakeBoolean(ref reader);
            }
            else
            {
                reader.Skip();
            }
        }

        var asked = (keys is null ? 0 : 1) + (tags is null ? 0 : 1) + (all ? 1 : 0);
        return asked == 1
            ? new Invalidation(keys, tags)
            : throw Problems.MalformedJson("Exactly one of {\"keys\":[…]}, {\"tags\":[…]} and {\"all\":true} is expected.");
    }

    private static bool TakeBoolean(ref Utf8JsonReader reader) =>
        reader.TokenType is JsonTokenType.True or JsonTokenType.False
            ? reader.GetBoolean()
            : throw Problems.MalformedJson("all must be true or false.");
}
