using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Remanso.Entries;

// Text, not values. What a patch does not name is copied as it stands, so that numbers keep their digits; of objects on
// the way there the space between members goes. Names are compared as the text that they mean, escapes resolved.
// json.lua is the same in Lua, byte for byte.
//
// Names that are there twice: of the patch the last counts; of the target the first is patched, and further ones with
// that name go.

/// <summary>A JSON merge patch (RFC 7396), read once, to be applied to texts.</summary>
internal sealed class JsonPatch
{
    /// <summary>How deep JSON may be nested: the default of <see cref="Utf8JsonReader"/>.</summary>
    internal const int MaxDepth = 64;

    private readonly bool _isNull;
    private readonly Member[]? _members;
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);

    private JsonPatch(ReadOnlyMemory<byte> text, bool isNull)
    {
        Text = text;
        _isNull = isNull;
    }

    private JsonPatch(ReadOnlyMemory<byte> text, Member[] members, Dictionary<string, int> places)
    {
        Text = text;
        _members = members;
        _places = places;
    }

    /// <summary>The patch as it was given, without space around it.</summary>
    internal ReadOnlyMemory<byte> Text { get; }

    /// <summary>Reads a patch.</summary>
    /// <param name="json">Its text, which must not change afterwards.</param>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="InvalidOperationException">A name is no Unicode text.</exception>
    internal static JsonPatch Parse(ReadOnlyMemory<byte> json)
    {
        var reader = new Utf8JsonReader(json.Span);
        reader.Read();
        var patch = Parse(ref reader, json);
        ExpectEnd(ref reader);
        return patch;
    }

    /// <summary>Makes sure that a reader has read everything.</summary>
    /// <exception cref="JsonException">It has not.</exception>
    internal static void ExpectEnd(ref Utf8JsonReader reader)
    {
        if (reader.Read())
        {
            throw new JsonException("More follows after the end.");
        }
    }

    /// <summary>The value that the patch makes of nothing.</summary>
    internal ReadOnlyMemory<byte> Create()
    {
        var output = new ArrayBufferWriter<byte>(Text.Length);
        Write(output);
        return output.WrittenMemory;
    }

    /// <summary>The value that the patch makes of another.</summary>
    /// <exception cref="JsonException">That is no JSON.</exception>
    internal ReadOnlyMemory<byte> Apply(ReadOnlySpan<byte> target)
    {
        var output = new ArrayBufferWriter<byte>(target.Length + Text.Length);
        var reader = new Utf8JsonReader(target);
        reader.Read();
        Apply(ref reader, target, output);
        ExpectEnd(ref reader);
        return output.WrittenMemory;
    }

    private static JsonPatch Parse(ref Utf8JsonReader reader, ReadOnlyMemory<byte> json)
    {
        var start = (int)reader.TokenStartIndex;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            var isNull = reader.TokenType == JsonTokenType.Null;
            reader.Skip();
            return new JsonPatch(json[start..(int)reader.BytesConsumed], isNull);
        }

        List<Member> members = [];
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            var quoted = json.Slice((int)reader.TokenStartIndex, reader.ValueSpan.Length + 2);
            reader.Read();
            var member = new Member(quoted, Parse(ref reader, json));
            if (places.TryAdd(name, members.Count))
            {
                members.Add(member);
            }
            else
            {
                members[places[name]] = member;
            }
        }

        return new JsonPatch(json[start..(int)reader.BytesConsumed], [.. members], places);
    }

    /// <summary>Writes what becomes of the value on which the reader stands, and leaves it at the value's end.</summary>
    private void Apply(ref Utf8JsonReader reader, ReadOnlySpan<byte> target, ArrayBufferWriter<byte> output)
    {
        if (_members is null || reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            Write(output);
            return;
        }

        Span<bool> seen = _members.Length <= 64 ? stackalloc bool[_members.Length] : new bool[_members.Length];
        var separator = (byte)'{';
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var place = Find(ref reader);
            var name = target.Slice((int)reader.TokenStartIndex, reader.ValueSpan.Length + 2);
            reader.Read();
            var patch = place < 0 ? null : _members[place].Patch;
            if (patch is not null && (patch._isNull || seen[place]))
            {
                seen[place] = true;
                reader.Skip();
                continue;
            }

            WriteName(output, ref separator, name);
            if (patch is not null)
            {
                seen[place] = true;
                patch.Apply(ref reader, target, output);
                continue;
            }

            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            output.Write(target[start..(int)reader.BytesConsumed]);
        }

        WriteRest(output, separator, seen);
    }

    private void Write(ArrayBufferWriter<byte> output)
    {
        if (_members is null)
        {
            output.Write(Text.Span);
        }
        else
        {
            WriteRest(output, (byte)'{', default);
        }
    }

    /// <summary>Writes the members that were not seen in the target, and the end of the object.</summary>
    private void WriteRest(ArrayBufferWriter<byte> output, byte separator, ReadOnlySpan<bool> seen)
    {
        for (var i = 0; i < _members!.Length; i++)
        {
            var (name, patch) = _members[i];
            if (patch._isNull || (!seen.IsEmpty && seen[i]))
            {
                continue;
            }

            WriteName(output, ref separator, name.Span);
            patch.Write(output);
        }

        if (separator == '{')
        {
            output.Write("{"u8);
        }

        output.Write("}"u8);
    }

    private static void WriteName(ArrayBufferWriter<byte> output, ref byte separator, ReadOnlySpan<byte> name)
    {
        output.Write([separator]);
        output.Write(name);
        output.Write(":"u8);
        separator = (byte)',';
    }

    /// <summary>Where the patch has the name on which the reader stands; -1 where it has not.</summary>
    private int Find(ref Utf8JsonReader reader)
    {
        char[]? rented = null;
        var length = reader.ValueSpan.Length;
        var name = length <= 128 ? stackalloc char[128] : rented = ArrayPool<char>.Shared.Rent(length);
        try
        {
            return _places.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name[..reader.CopyString(name)], out var place)
                ? place
                : -1;
        }
        catch (InvalidOperationException)
        {
            // What is no Unicode text is no name that a patch can have.
            return -1;
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<char>.Shared.Return(rented);
            }
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Member(ReadOnlyMemory<byte> Name, JsonPatch Patch);
}
