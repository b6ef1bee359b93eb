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

    /// <summary>What the options say of a type.</summary>
    /// <exception cref="NotSupportedException">Their resolver does not know the type.</exception>
    public static JsonTypeInfo<T> Of<T>(JsonSerializerOptions options) => (JsonTypeInfo<T>)Ready(options).GetTypeInfo(typeof(T));
}
