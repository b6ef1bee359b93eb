using System.Text.Json;

namespace Remanso.Entries;

/// <summary>JSON arrays as texts (<c>json.lua</c> is the same in Lua, byte for byte).</summary>
internal static class JsonArray
{
    /// <summary>An array of one element.</summary>
    internal static ReadOnlyMemory<byte> Of(ReadOnlySpan<byte> element) => (byte[])[(byte)'[', .. element, (byte)']'];

    /// <summary>Puts an element behind those of an array. What lies between the elements that stay is copied as it stands.</summary>
    /// <param name="array">The array.</param>
    /// <param name="element">The element, without space around it.</param>
    /// <param name="cap">How many elements stay at most; 0 for all.</param>
    /// <exception cref="JsonException">It is no array.</exception>
    internal static ReadOnlyMemory<byte> Append(ReadOnlySpan<byte> array, ReadOnlySpan<byte> element, int cap)
    {
        var (count, end) = Measure(array);
        var kept = cap == 0 ? count : Math.Min(count, cap - 1);
        return kept == 0 ? Of(element) : (byte[])[(byte)'[', .. array[StartOf(array, count - kept)..end], (byte)',', .. element, (byte)']'];
    }

    private static (int Count, int End) Measure(ReadOnlySpan<byte> array)
    {
        var reader = new Utf8JsonReader(array);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw new JsonException("An array is expected.");
        }

        var (count, end) = (0, 0);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            reader.Skip();
            count++;
            end = (int)reader.BytesConsumed;
        }

        JsonPatch.ExpectEnd(ref reader);
        return (count, end);
    }

    private static int StartOf(ReadOnlySpan<byte> array, int index)
    {
        var reader = new Utf8JsonReader(array);
        reader.Read();
        for (var i = 0; ; i++)
        {
            reader.Read();
            if (i == index)
            {
                return (int)reader.TokenStartIndex;
            }

            reader.Skip();
        }
    }
}
