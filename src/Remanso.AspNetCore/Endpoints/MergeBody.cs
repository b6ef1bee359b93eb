using System.Text.Json;
using Remanso.AspNetCore.Http;

namespace Remanso.AspNetCore.Endpoints;

/// <summary>A merge as JSON sends it: <c>{"op":"add","by":1}</c>, <c>{"op":"max","value":1}</c>,
/// <c>{"op":"append","value":…,"cap":100}</c>; unknown properties ignored.</summary>
internal static class MergeBody
{
    public static Merge Parse(ref Utf8JsonReader reader, ReadOnlySpan<byte> json)
    {
        JsonBody.ExpectObject(ref reader);
        string? kind = null;
        byte[]? value = null;
        long? number = null;
        var by = 1L;
        int? cap = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("op"u8))
            {
                reader.Read();
                kind = JsonBody.TakeString(ref reader, "op");
            }
            else if (reader.ValueTextEquals("value"u8))
            {
                reader.Read();
                number = reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var whole) ? whole : null;
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                value = json[start..(int)reader.BytesConsumed].ToArray();
            }
            else if (reader.ValueTextEquals("by"u8))
            {
                by = JsonBody.ReadIfAny(ref reader) ? TakeAddend(ref reader) : 1;
            }
            else if (reader.ValueTextEquals("cap"u8))
            {
                cap = JsonBody.ReadIfAny(ref reader) ? TakeCap(ref reader) : null;
            }
            else
            {
                reader.Skip();
            }
        }

        return kind switch
        {
            "add" => Merge.Add(by),
            "max" => Merge.Max(Number(number)),
            "min" => Merge.Min(Number(number)),
            "append" => Merge.Append(Value(value), cap),
            "patch" => Merge.Patch(Value(value)),
            _ => throw Problems.MalformedJson("op must be add, max, min, append or patch."),
        };
    }

    /// <summary>The number on which the reader stands, to be added.</summary>
    public static long TakeAddend(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var addend)
            ? addend
            : throw Problems.MalformedJson("by must be a whole number of 64 bits.");

    private static int TakeCap(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var most) && most is >= 1 and <= Merge.MaxCap
            ? most
            : throw Problems.MalformedJson($"cap must be 1 to {Merge.MaxCap}.");

    private static long Number(long? number) => number ?? throw Problems.MalformedJson("value must be a whole number of 64 bits.");

    private static byte[] Value(byte[]? value) => value ?? throw Problems.MalformedJson("The property value is missing.");
}
