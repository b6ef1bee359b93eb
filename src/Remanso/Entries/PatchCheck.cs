using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Remanso.Entries;

// A member that is given a value has it afterwards, whatever was there: so it must be one of the member's type.
//
// A merge compares names exactly, a reader may not. Under another name than its own a member would be there twice, and
// the later one alone be read: a patch with a name that differs from a member's in case alone is refused.
//
// Trusted: what a converter or number handling of a member's own reads, members that only a derived type has, and
// whether the value that is there has what the type needs beside.

/// <summary>What of a JSON merge patch a type can't hold, told by the members that the patch names and without the
/// value that it changes.</summary>
internal static class PatchCheck
{
    /// <summary>The first member that would be unreadable, and why; null where none can be told.</summary>
    /// <param name="patch">An object of the patch.</param>
    /// <param name="type">The type of what it changes.</param>
    /// <param name="options">How values are read.</param>
    public static string? Problem(JsonElement patch, Type type, JsonSerializerOptions options)
    {
        return InObject(patch, type, JsonTypes.Ready(options), path: "$");
    }

    private static string? InObject(JsonElement patch, Type type, JsonSerializerOptions options, string path)
    {
        var info = options.GetTypeInfo(Nullable.GetUnderlyingType(type) ?? type);
        return info.Kind switch
        {
            JsonTypeInfoKind.Object => InMembers(patch, info, options, path),
            JsonTypeInfoKind.Dictionary => Named(patch)
                .Where(static member => member.Value.ValueKind != JsonValueKind.Null)
                .Select(member => InValue(member.Value, info.ElementType!, options, $"{path}.{member.Name}"))
                .FirstOrDefault(static problem => problem is not null),
            // What replaces a plain value is the patch itself; a converter's own objects have members that are not known here.
            _ => info.Converter.GetType().Assembly == typeof(JsonSerializer).Assembly ? Read(patch, info.Type, options, path) : null,
        };
    }

    private static string? InMembers(JsonElement patch, JsonTypeInfo info, JsonSerializerOptions options, string path)
    {
        foreach (var (name, value) in Named(patch))
        {
            var member = $"{path}.{name}";
            var problem =
                info.Properties.FirstOrDefault(property => property.Name == name) is { } property
                    ? InMember(value, property, info, options, member)
                : MeantBy(name, info, options) is { } meant ? $"{member} is kept as {meant}: names are compared exactly"
                : IsForeign(info, options) ? $"{member} is no member of {info.Type}"
                : null;
            if (problem is not null)
            {
                return problem;
            }
        }

        return null;
    }

    private static string? InMember(
        JsonElement value,
        JsonPropertyInfo property,
        JsonTypeInfo info,
        JsonSerializerOptions options,
        string path
    )
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return property.IsRequired ? $"{path} is required, and the patch removes it" : null;
        }

        var isRead = property.Set is not null || property.AssociatedParameter is not null;
        return isRead && property is { CustomConverter: null, NumberHandling: null } && info.NumberHandling is null
            ? InValue(value, property.PropertyType, options, path)
            : null;
    }

    private static string? InValue(JsonElement value, Type type, JsonSerializerOptions options, string path) =>
        value.ValueKind == JsonValueKind.Object ? InObject(value, type, options, path) : Read(value, type, options, path);

    private static string? Read(JsonElement value, Type type, JsonSerializerOptions options, string path)
    {
        try
        {
            value.Deserialize(options.GetTypeInfo(type));
            return null;
        }
        catch (Exception exception)
        {
            // A converter's own among them: whatever it is, a read would meet it as well.
            return $"{path} would be no {type}: {exception.Message}";
        }
    }

    /// <summary>The name of a member from which one that no member has differs in case alone; null where there is none,
    /// or where such a name is a member of its own: extension data has it, and readers tell the two apart.</summary>
    private static string? MeantBy(string name, JsonTypeInfo info, JsonSerializerOptions options)
    {
        var derived = info.PolymorphismOptions?.DerivedTypes.Select(type => options.GetTypeInfo(type.DerivedType)) ?? [];
        var members = derived.Prepend(info).SelectMany(static type => type.Properties).ToArray();
        return members.Any(member => member.Name == name) ? null
            : !options.PropertyNameCaseInsensitive && members.Any(static member => member.IsExtensionData) ? null
            : members.FirstOrDefault(member => string.Equals(member.Name, name, StringComparison.OrdinalIgnoreCase))?.Name;
    }

    private static bool IsForeign(JsonTypeInfo info, JsonSerializerOptions options) =>
        (info.UnmappedMemberHandling ?? options.UnmappedMemberHandling) == JsonUnmappedMemberHandling.Disallow
        && info.PolymorphismOptions is null;

    // Of names that are there twice the last counts.
    private static IEnumerable<(string Name, JsonElement Value)> Named(JsonElement patch) =>
        patch
            .EnumerateObject()
            .GroupBy(static member => member.Name, StringComparer.Ordinal)
            .Select(static same => (same.Key, same.Last().Value));
}
