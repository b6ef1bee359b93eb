using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using Remanso.Entries;

namespace Remanso.Sql.Tables;

/// <summary>Values of a mapped table as JSON: an object of the mapped columns and nothing else, so that a value read
/// from the tier has what a value read from the table has, whatever else its type holds (navigations, computed
/// properties).</summary>
internal sealed class MappedValueCodec<TValue>(IReadOnlyList<ColumnMapping> columns, Func<object?[], TValue> make, MappedPatches patches)
    : IValueCodec<TValue>,
        IPatchCodec
{
    // Escaped, as they are written; the reader compares what it has unescaped.
    private readonly JsonEncodedText[] _written = [.. columns.Select(static column => JsonEncodedText.Encode(column.Name))];
    private readonly byte[][] _names = [.. columns.Select(static column => Encoding.UTF8.GetBytes(column.Name))];

    public string ContentType => "application/json";

    public ReadOnlyMemory<byte> Encode(TValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var buffer = new ArrayBufferWriter<byte>(256);
        using var writer = new Utf8JsonWriter(buffer);
        writer.WriteStartObject();
        for (var i = 0; i < columns.Count; i++)
        {
            writer.WritePropertyName(_written[i]);
            ColumnJson.Write(writer, columns[i].Read(value));
        }

        writer.WriteEndObject();
        writer.Flush();
        return buffer.WrittenMemory;
    }

    public TValue Decode(ReadOnlyMemory<byte> bytes)
    {
        var stored = new object?[columns.Count];
        try
        {
            var reader = new Utf8JsonReader(bytes.Span);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw new FormatException($"The bytes are no {typeof(TValue).Name}: they hold no JSON object.");
            }

            for (var i = 0; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; i++)
            {
                var index = IndexOf(ref reader, i);
                reader.Read();
                if (index < 0)
                {
                    reader.Skip();
                }
                else
                {
                    stored[index] = ColumnJson.Read(ref reader, columns[index].Kind);
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new FormatException($"The bytes are no {typeof(TValue).Name}: {exception.Message}", exception);
        }

        return Make(stored);
    }

    public string? PatchProblem(string key, JsonElement patch) => patches.Problem(key, patch);

    [RequiresUnreferencedCode(IPatchWriter.Reflects)]
    [RequiresDynamicCode(IPatchWriter.Reflects)]
    public ReadOnlyMemory<byte> WritePatch(object patch) => patches.Write(patch);

    /// <summary>The value of its columns' values.</summary>
    /// <exception cref="FormatException">A column holds what its member can't.</exception>
    public TValue Make(object?[] stored)
    {
        var members = new object?[stored.Length];
        for (var i = 0; i < stored.Length; i++)
        {
            members[i] = columns[i].ToMember(stored[i]);
        }

        return make(members);
    }

    /// <remarks>As a rule the columns come in their order; after a change of the mapping they need not.</remarks>
    private int IndexOf(ref Utf8JsonReader reader, int expected)
    {
        if (expected < _names.Length && reader.ValueTextEquals(_names[expected]))
        {
            return expected;
        }

        for (var i = 0; i < _names.Length; i++)
        {
            if (reader.ValueTextEquals(_names[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
