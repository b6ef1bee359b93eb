using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Remanso.Entries;

/// <summary>What only a value can tell, and its type can't (<see cref="JsonRoundTrip"/>): whether it comes back from JSON
/// as it went in.</summary>
internal sealed class JsonValueCheck<TValue>(JsonSerializerOptions options)
{
    private readonly ConcurrentDictionary<Type, string> _derived = new();
    private readonly JsonMemberCheck _members = new(typeof(TValue), options);
    private readonly JsonTextCheck _texts = new(options);

    /// <summary>What would be lost of a value, in whole sentences; null where nothing is known.</summary>
    /// <param name="value">The value.</param>
    /// <param name="info">Its type.</param>
    /// <param name="encoded">What was written of it.</param>
    public string? Problem(TValue value, JsonTypeInfo<TValue> info, ReadOnlyMemory<byte> encoded)
    {
        if (
            !typeof(TValue).IsValueType
            && value is not null
            && value.GetType() != typeof(TValue)
            && _derived.GetOrAdd(value.GetType(), derived => JsonRoundTrip.LostOf(derived, typeof(TValue), options) ?? "")
                is { Length: > 0 } member
        )
        {
            return $"The value is a {value.GetType()}, kept as {typeof(TValue)} it would lose {member}: name it with [JsonDerivedType].";
        }

        if (_texts.Find(value, info.Type, encoded.Span) is { } text)
        {
            return $"The value is not valid Unicode: {text} has a lone surrogate.";
        }

        return _members.Find(value, info, encoded) is { } lost
            ? $"{lost} would not come back, for nothing sets it: give it a setter, init or a constructor's parameter of its name, "
                + "or leave it out with [JsonIgnore]."
            : null;
    }
}
