using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Remanso.Entries;

/// <summary>How plain values are written as JSON, without reflection and without code generated for them: numbers, truth,
/// times, identities, and the same where they may be null.</summary>
internal sealed class PlainJson : IJsonTypeInfoResolver
{
    private static readonly Dictionary<Type, Func<JsonSerializerOptions, JsonTypeInfo>> _known = [];

    static PlainJson()
    {
        Add(JsonMetadataServices.BooleanConverter);
        Add(JsonMetadataServices.SByteConverter);
        Add(JsonMetadataServices.ByteConverter);
        Add(JsonMetadataServices.Int16Converter);
        Add(JsonMetadataServices.UInt16Converter);
        Add(JsonMetadataServices.Int32Converter);
        Add(JsonMetadataServices.UInt32Converter);
        Add(JsonMetadataServices.Int64Converter);
        Add(JsonMetadataServices.UInt64Converter);
        Add(JsonMetadataServices.Int128Converter);
        Add(JsonMetadataServices.UInt128Converter);
        Add(JsonMetadataServices.HalfConverter);
        Add(JsonMetadataServices.SingleConverter);
        Add(JsonMetadataServices.DoubleConverter);
        Add(JsonMetadataServices.DecimalConverter);
        Add(JsonMetadataServices.CharConverter);
        Add(JsonMetadataServices.GuidConverter);
        Add(JsonMetadataServices.DateTimeConverter);
        Add(JsonMetadataServices.DateTimeOffsetConverter);
        Add(JsonMetadataServices.DateOnlyConverter);
        Add(JsonMetadataServices.TimeOnlyConverter);
        Add(JsonMetadataServices.TimeSpanConverter);
        Add(JsonMetadataServices.JsonElementConverter);
        AddClass(JsonMetadataServices.StringConverter);
        AddClass(JsonMetadataServices.ByteArrayConverter);
        AddClass(JsonMetadataServices.UriConverter);
        AddClass(JsonMetadataServices.VersionConverter);
    }

    private PlainJson() { }

    public static PlainJson Instance { get; } = new();

    public JsonTypeInfo? GetTypeInfo(Type type, JsonSerializerOptions options) =>
        _known.TryGetValue(type, out var make) ? make(options) : null;

    private static void Add<T>(JsonConverter<T> converter)
        where T : struct
    {
        _known[typeof(T)] = options => JsonMetadataServices.CreateValueInfo<T>(options, converter);
        _known[typeof(T?)] = static options =>
            JsonMetadataServices.CreateValueInfo<T?>(options, JsonMetadataServices.GetNullableConverter<T>(options));
    }

    private static void AddClass<T>(JsonConverter<T?> converter)
        where T : class => _known[typeof(T)] = options => JsonMetadataServices.CreateValueInfo<T>(options, converter);
}
