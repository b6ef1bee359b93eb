using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Remanso.Entries;

// Native and trimmed applications switch reflection off (JsonSerializer.IsReflectionEnabledByDefault). Their options
// have the resolver of a JsonSerializerContext; without one plain values (counters, times) are all that is known, and any
// other cache is refused at its start.

/// <summary>How a type is written as JSON: as the options' own resolver says, else by reflection, where the
/// application allows that.</summary>
internal static class JsonTypes
{
    /// <summary>The web defaults.</summary>
    public static JsonSerializerOptions Web { get; } = new(JsonSerializerDefaults.Web);

    /// <summary>The options, ready for use.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Where reflection is switched off there is a resolver.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Where reflection is switched off there is a resolver.")]
    public static JsonSerializerOptions Ready(JsonSerializerOptions options)
    {
        if (!JsonSerializer.IsReflectionEnabledByDefault && options is { IsReadOnly: false, TypeInfoResolver: null })
        {
            options.TypeInfoResolver = PlainJson.Instance;
        }

        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>An object as a JSON merge patch.</summary>
    /// <exception cref="InvalidMergeException">A text of it is no Unicode.</exception>
    [RequiresUnreferencedCode(IPatchWriter.Reflects)]
    [RequiresDynamicCode(IPatchWriter.Reflects)]
    public static ReadOnlyMemory<byte> WritePatch(object patch, JsonSerializerOptions options)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(patch, patch.GetType(), options);
        return new JsonTextCheck(options).Find(patch, patch.GetType(), json) is { } text
            ? throw new InvalidMergeException($"{text} has a lone surrogate, which is no Unicode text.")
            : json;
    }

    /// <summary>What the options say of a type.</summary>
    /// <exception cref="NotSupportedException">Their resolver does not know the type.</exception>
    public static JsonTypeInfo<T> Of<T>(JsonSerializerOptions options) => (JsonTypeInfo<T>)Ready(options).GetTypeInfo(typeof(T));
}
