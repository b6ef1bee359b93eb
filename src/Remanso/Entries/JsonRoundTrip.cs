using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Remanso.Entries;

// Refused: what can be written and not read (interfaces, abstract types, types without a constructor for JSON), what is
// written and never read back (a read-only member with state of its own, a struct of which no member can be set), what
// comes back as another type (object) or in another order (stacks), and a type of which nothing is written.
//
// Trusted: converters, computed properties (they have no field of their own), members that an attribute leaves out, and
// what only values can tell: some of it JsonValueCheck finds, and comparers nobody.

/// <summary>Whether values of a type come back from JSON as they went in, told by the type alone: so that a cache is
/// refused at its start and not its values at their reads.</summary>
internal static class JsonRoundTrip
{
    private const string TrimmedIsComputed =
        "Fields are looked at to refuse more. A field that was trimmed away is not looked at, and its type is trusted.";

    /// <summary>What always helps.</summary>
    public const string Remedy = "Or give the cache a ValueCodec of its own.";

    private static readonly Type[] _stacks =
    [
        typeof(Stack<>),
        typeof(System.Collections.Concurrent.ConcurrentStack<>),
        typeof(System.Collections.Immutable.ImmutableStack<>),
    ];

    /// <summary>What would not come back, and the remedy, in whole sentences; null where all does.</summary>
    public static string? Problem(Type type, JsonSerializerOptions options, string remedy = Remedy)
    {
        try
        {
            return Find(type, Name(type), JsonTypes.Ready(options), []) is { } problem ? $"{problem} {remedy}" : null;
        }
        catch (Exception exception) when (exception is InvalidOperationException or NotSupportedException or ArgumentException)
        {
            // The serializer's own check of the members: two of one name, a type that it does not know at all.
            return $"{Name(type)} is nothing that JSON can keep: {exception.Message} {remedy}";
        }
    }

    private static string? Find(Type type, string path, JsonSerializerOptions options, HashSet<Type> seen)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (!seen.Add(type))
        {
            return null;
        }

        var info = options.GetTypeInfo(type);
        if (type.IsArray && type.GetArrayRank() > 1)
        {
            return $"{path} is {Name(type)}, an array of several dimensions, which JSON can't keep: use an array of arrays.";
        }

        return info.Kind switch
        {
            JsonTypeInfoKind.Object => FindInObject(info, path, options, seen),
            JsonTypeInfoKind.Enumerable => FindInMany(info, "[]", path, options, seen),
            JsonTypeInfoKind.Dictionary => options.GetTypeInfo(info.KeyType!).Kind != JsonTypeInfoKind.None
                ? $"the keys of {path} are {Name(info.KeyType!)}, which can't be names in JSON."
                : FindInMany(info, "{}", path, options, seen),
            _ => FindInPlain(type, path, options),
        };
    }

    private static string? FindInPlain(Type type, string path, JsonSerializerOptions options) =>
        options.Converters.Any(converter => converter.CanConvert(type)) ? null
        : type == typeof(object) ? $"{path} is object, and would come back as JsonElement: name its type."
        : typeof(Delegate).IsAssignableFrom(type)
        || typeof(MemberInfo).IsAssignableFrom(type)
        || type == typeof(IntPtr)
        || type == typeof(UIntPtr)
            ? $"{path} is {Name(type)}, which JSON can't keep."
        : null;

    private static string? FindInMany(JsonTypeInfo info, string nothing, string path, JsonSerializerOptions options, HashSet<Type> seen)
    {
        if (info.Type.IsGenericType && Array.IndexOf(_stacks, info.Type.GetGenericTypeDefinition()) >= 0)
        {
            return $"{path} is {Name(info.Type)}, which would come back in reverse order: use a list.";
        }

        try
        {
            JsonSerializer.Deserialize(nothing, info);
        }
        catch (NotSupportedException)
        {
            return $"{path} is {Name(info.Type)}, which can be written to JSON and not read back.";
        }

        return info.ElementType is { } element
            ? Find(element, path + "[]", options, seen)
            : $"{path} is {Name(info.Type)}, whose elements have no type: name it.";
    }

    private static string? FindInObject(JsonTypeInfo info, string path, JsonSerializerOptions options, HashSet<Type> seen)
    {
        if (info.PolymorphismOptions is { } polymorphism)
        {
            foreach (var derived in polymorphism.DerivedTypes)
            {
                if (
                    derived.DerivedType != info.Type
                    && Find(derived.DerivedType, $"{path}({Name(derived.DerivedType)})", options, seen) is { } inDerived
                )
                {
                    return inDerived;
                }
            }
        }

        if (info.Type == typeof(StringBuilder))
        {
            return $"{path} is StringBuilder, whose text JSON leaves out: use a string.";
        }

        if (info.CreateObject is null && info.ConstructorAttributeProvider is null)
        {
            return info.Type.IsInterface || info.Type.IsAbstract
                ? info.PolymorphismOptions is not null
                    ? null
                    : $"{path} is {Name(info.Type)}, {(info.Type.IsInterface ? "an interface" : "an abstract type")}: JSON "
                        + "does not tell which type to make of it. Name the derived types with [JsonDerivedType]."
                : $"{path} is {Name(info.Type)}, which has no constructor that JSON can use: mark one with [JsonConstructor].";
        }

        if (
            info.ConstructorAttributeProvider is ConstructorInfo { } constructor
            && constructor
                .GetParameters()
                .FirstOrDefault(parameter => !info.Properties.Any(property => property.AssociatedParameter?.Position == parameter.Position))
                is { } lone
        )
        {
            return $"the constructor of {path} has a parameter '{lone.Name}' that no public member of {Name(info.Type)} gives a value.";
        }

        return FindInMembers(info, path, options, seen);
    }

    private static string? FindInMembers(JsonTypeInfo info, string path, JsonSerializerOptions options, HashSet<Type> seen)
    {
        var (written, settable) = (0, 0);
        foreach (var property in info.Properties.Where(static property => property.Get is not null))
        {
            written++;
            if (property.IsExtensionData)
            {
                settable++;
                continue;
            }

            var member = property.AttributeProvider as MemberInfo;
            var name = $"{path}.{member?.Name ?? property.Name}";
            if (property.Set is null && property.AssociatedParameter is null && (member is FieldInfo || IsAuto(member)))
            {
                return $"{name} is read-only, and its value would not come back: give it a setter, init or a constructor's "
                    + "parameter of its name, or leave it out with [JsonIgnore].";
            }

            if (property.Set is null && property.AssociatedParameter is null)
            {
                continue;
            }

            settable++;
            if (property.CustomConverter is null && Find(property.PropertyType, name, options, seen) is { } problem)
            {
                return problem;
            }
        }

        if (LeftOut(info) is { } field)
        {
            return $"{path}.{field.Name} is a public field, which these JSON options leave out: set IncludeFields, or mark "
                + "it with [JsonInclude] or [JsonIgnore].";
        }

        // A class may compute what it shows of nothing but what it has from its making; structs are made without any.
        return settable > 0 || (written > 0 && !info.Type.IsValueType) || Lost(info.Type) is not { } lost ? null
            : written == 0 ? $"nothing of {path} would be kept, {Name(info.Type)}.{lost} among it: JSON takes public members only."
            : $"nothing of {path} would come back: JSON can set no member of {Name(info.Type)}.";
    }

    /// <summary>The members that a value of a derived type has beyond those of the type that it is kept as; null where
    /// there are none.</summary>
    public static string? LostOf(Type derived, Type type, JsonSerializerOptions options)
    {
        var kept = options.GetTypeInfo(type);
        return
            kept.Kind != JsonTypeInfoKind.Object || kept.PolymorphismOptions is not null || !options.TryGetTypeInfo(derived, out var info)
            ? null
            : info
                .Properties.FirstOrDefault(property => property.Get is not null && !kept.Properties.Any(same => same.Name == property.Name))
                ?.Name;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = TrimmedIsComputed)]
    private static FieldInfo? LeftOut(JsonTypeInfo info) =>
        info
            .Type.GetFields(BindingFlags.Instance | BindingFlags.Public)
            .FirstOrDefault(field =>
                !field.IsDefined(typeof(JsonIgnoreAttribute))
                && !info.Properties.Any(property => (property.AttributeProvider as MemberInfo)?.Name == field.Name)
            );

    // Only what the compiler keeps in a field of its own has state; anything else is computed, and computed again.
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = TrimmedIsComputed)]
    private static bool IsAuto(MemberInfo? member) =>
        member is PropertyInfo property
        && property.DeclaringType?.GetField($"<{property.Name}>k__BackingField", BindingFlags.Instance | BindingFlags.NonPublic)
            is { } field
        && field.IsDefined(typeof(CompilerGeneratedAttribute));

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = TrimmedIsComputed)]
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = TrimmedIsComputed)]
    private static string? Lost(Type type)
    {
        for (var at = type; at is not null && at != typeof(object); at = at.BaseType)
        {
            if (
                at.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
                is [var field, ..]
            )
            {
                return field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>', StringComparison.Ordinal)] : field.Name;
            }
        }

        return null;
    }

    /// <summary>A type as its source has it.</summary>
    public static string Name(Type type) =>
        type.IsGenericType ? $"{type.Name.Split('`')[0]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : type.Name;
}
