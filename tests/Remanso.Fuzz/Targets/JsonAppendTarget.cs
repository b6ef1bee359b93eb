using System.Text.Json;
using System.Text.Unicode;
using Remanso.Fuzz.Engine;
using JsonArray = Remanso.Entries.JsonArray;

namespace Remanso.Fuzz.Targets;

/// <summary>An element and the array that gets it, with a byte 0 between them; the first byte says how many stay.</summary>
internal static class JsonAppendTarget
{
    public static FuzzTarget Target { get; } = new("json-append", Run) { Words = JsonPatchTarget.Words };

    private static void Run(byte[] input)
    {
        if (input.Length == 0)
        {
            return;
        }

        var (text, array) = JsonPatchTarget.Split(input[1..]);
        var cap = input[0] % 5;
        Merge merge;
        try
        {
            merge = Merge.Append(text, cap == 0 ? null : cap);
        }
        catch (InvalidMergeException)
        {
            return;
        }

        if (!Utf8.IsValid(array))
        {
            // Bytes between quotes are copied as they stand; the oracle can't read them.
            Append(array, merge);
            return;
        }

        if (Elements(array) is not { } before)
        {
            WrongAnswerException.Unless(Append(array, merge) is null, "what is no array got an element");
            return;
        }

        var after = Elements((Append(array, merge) ?? throw new WrongAnswerException("an array got no element")).ToArray());
        using var element = JsonDocument.Parse(text);
        var wanted = before.Append(element.RootElement.GetRawText()).ToArray();
        WrongAnswerException.Unless(
            after is not null && after.SequenceEqual(cap == 0 ? wanted : wanted.TakeLast(cap), StringComparer.Ordinal),
            "other elements"
        );
    }

    private static List<string>? Elements(byte[] text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.ValueKind == JsonValueKind.Array
                ? [.. document.RootElement.EnumerateArray().Select(static element => element.GetRawText())]
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ReadOnlyMemory<byte>? Append(byte[] array, Merge merge)
    {
        try
        {
            return JsonArray.Append(array, merge.Json.Span, merge.Cap);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
