using System.Text.Json;
using Remanso.AspNetCore.Http;

namespace Remanso.AspNetCore.Endpoints;

/// <summary>A key and its value as JSON sends them: <c>{"key":…,"value":…,"tags":[…]}</c>, tags if it has any, unknown
/// properties ignored.</summary>
internal readonly record struct KeyedValue(string Key, JsonValue Value, List<string>? Tags)
{
    // As many as a cache can be set to allow; what an array of more makes in memory is many times its text.
    private const int MaxTags = 256;

    private static readonly WriteOptions _text = new() { ContentType = MediaTypes.Text };
    private static readonly WriteOptions _json = new() { ContentType = MediaTypes.Json };

    /// <summary>The options that write it, where the request asks for nothing else.</summary>
    public WriteOptions Options => Tags is null ? UntaggedOptions : UntaggedOptions with { Tags = Tags };

    private WriteOptions UntaggedOptions => ReferenceEquals(Value.ContentType, MediaTypes.Text) ? _text : _json;

    /// <summary>Takes those for equal that the same options write.</summary>
    public static IEqualityComparer<KeyedValue> LikeWritten { get; } =
        EqualityComparer<KeyedValue>.Create(static (one, other) => one.IsWrittenLike(other), static one => one.HashOfOptions());

    /// <summary>Whether the same options write both.</summary>
    public bool IsWrittenLike(in KeyedValue other) =>
        Value.ContentType == other.Value.ContentType
        && (Tags is null ? other.Tags is null : other.Tags is not null && Tags.SequenceEqual(other.Tags, StringComparer.Ordinal));

    // Of all tags: entries that share their first ones are the rule, and where they share a hash, too, the time that a
    // batch takes is the square of its length.
    private int HashOfOptions()
    {
        HashCode hash = default;
        hash.Add(Value.ContentType);
        if (Tags is not null)
        {
            foreach (var tag in Tags)
            {
                hash.Add(tag);
            }
        }

        return hash.ToHashCode();
    }

    /// <summary>Parses one as a whole body.</summary>
    public static KeyedValue Parse(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        JsonBody.ExpectObject(ref reader);
        string? key = null;
        JsonValue? value = null;
        List<string>? tags = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("key"u8))
            {
                reader.Read();
                key = JsonBody.TakeString(ref reader, "key");
            }
            else if (reader.ValueTextEquals("value"u8))
            {
                reader.Read();
                value = JsonValue.Take(ref reader, json);
            }
            else if (reader.ValueTextEquals("tags"u8))
            {
                tags = JsonBody.ReadIfAny(ref reader) ? JsonBody.TakeStrings(ref reader, "tags", MaxTags) : null;
            }
            else
            {
                reader.Skip();
            }
        }

        return new KeyedValue(
            key ?? throw Problems.MalformedJson("The property key is missing."),
            value ?? throw Problems.MalformedJson("The property value is missing."),
            tags
        );
    }
}
