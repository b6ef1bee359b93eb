using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Remanso.Entries;

namespace Remanso.Sql.Tables;

// In JSON a mapped value has its columns for members, so a patch in JSON names columns. A patch made of an object names
// the members of the value's type, as the object has them in the program, and their converters lead to the columns.

/// <summary>Patches of the values of a mapped table.</summary>
/// <param name="columns">The columns of the value.</param>
/// <param name="valuesOfKey">For each column of the value whether it is one of the key's, and what an encoded key says of it.</param>
internal sealed class MappedPatches(IReadOnlyList<ColumnMapping> columns, Func<string, (bool IsPart, object? Value)[]> valuesOfKey)
{
    // The names as they are in the program, for those of the columns are not known to an object.
    private static readonly JsonSerializerOptions _members = new() { IncludeFields = true };

    /// <summary>The first column of a patch that no row could hold, and why.</summary>
    public string? Problem(string key, JsonElement patch)
    {
        var ofKey = valuesOfKey(key);
        // Of names that are there twice the last counts.
        foreach (var members in patch.EnumerateObject().GroupBy(static member => member.Name, StringComparer.Ordinal))
        {
            var index = columns.Index().FirstOrDefault(item => item.Item.Name == members.Key, (-1, null!)).Index;
            var problem =
                index < 0
                    ? $"is no column of it, which are {string.Join(", ", columns)}"
                    : Problem(columns[index], members.Last().Value, ofKey[index]);
            if (problem is not null)
            {
                return $"$.{members.Key} {problem}";
            }
        }

        return null;
    }

    /// <summary>Writes an object as a patch.</summary>
    /// <exception cref="InvalidMergeException">It has a member that is no column, or of another type.</exception>
    [RequiresUnreferencedCode(IPatchWriter.Reflects)]
    [RequiresDynamicCode(IPatchWriter.Reflects)]
    public ReadOnlyMemory<byte> Write(object patch)
    {
        var info = JsonTypes.Ready(_members).GetTypeInfo(patch.GetType());
        if (info.Kind is not (JsonTypeInfoKind.Object or JsonTypeInfoKind.Dictionary))
        {
            return JsonSerializer.SerializeToUtf8Bytes(patch, info);
        }

        var buffer = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        foreach (var (name, value) in MembersOf(patch, info))
        {
            var column = ColumnOf(name);
            writer.WritePropertyName(column.Name);
            ColumnJson.Write(writer, Stored(column, value));
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    private static IEnumerable<(string Name, object? Value)> MembersOf(object patch, JsonTypeInfo info) =>
        info.Kind == JsonTypeInfoKind.Object
            ? info.Properties.Where(static property => property.Get is not null).Select(property => (property.Name, property.Get!(patch)))
            : JsonSerializer
                .SerializeToElement(patch, info)
                .EnumerateObject()
                .Select(static member => (member.Name, member.Value.ValueKind == JsonValueKind.Null ? null : (object?)member.Value));

    private ColumnMapping ColumnOf(string member) =>
        columns.FirstOrDefault(column => column.Member.Name == member)
        ?? columns.FirstOrDefault(column => string.Equals(column.Member.Name, member, StringComparison.OrdinalIgnoreCase))
        ?? throw new InvalidMergeException($"{member} is no member that has a column; these have: {Members()}.");

    private string Members() => string.Join(", ", columns.Select(static column => column.Member.Name));

    [RequiresUnreferencedCode(IPatchWriter.Reflects)]
    [RequiresDynamicCode(IPatchWriter.Reflects)]
    private static object? Stored(ColumnMapping column, object? value)
    {
        var type = column.Member.Type;
        try
        {
            // As generous as any JSON: a whole number will do for a decimal one.
            return column.ToStored(
                value is null || (Nullable.GetUnderlyingType(type) ?? type).IsInstanceOfType(value)
                    ? value
                    : JsonSerializer.SerializeToElement(value, value.GetType(), _members).Deserialize(type, _members)
            );
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Converters of the application throw what they like.
            throw new InvalidMergeException($"{column.Member} can't be made of a {value!.GetType().Name}: {exception.Message}", exception);
        }
    }

    private static string? Problem(ColumnMapping column, JsonElement value, (bool IsPart, object? Value) ofKey)
    {
        object? stored;
        try
        {
            var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(value.GetRawText()));
            reader.Read();
            stored = ColumnJson.Read(ref reader, column.Kind);
            _ = column.ToMember(stored);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return $"can't be {(value.ValueKind == JsonValueKind.Null ? "null" : "that")}: {exception.Message}";
        }

        return ofKey.IsPart && !Equals(stored, ofKey.Value) ? $"would be '{stored}', but the key says '{ofKey.Value}'"
            : stored is null && !column.TakesNull ? "can't be null: its column takes none"
            : null;
    }
}
