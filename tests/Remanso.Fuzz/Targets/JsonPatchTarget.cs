using System.Text.Json;
using System.Text.Unicode;
using Remanso.Entries;
using Remanso.Fuzz.Engine;

namespace Remanso.Fuzz.Targets;

/// <summary>A merge patch and the text that it is applied to, with a byte 0 between them: what comes of it is what
/// <see cref="JsonOracle"/> says.</summary>
internal static class JsonPatchTarget
{
    public static FuzzTarget Target { get; } = new("json-patch", Run) { Words = Words };

    /// <summary>What JSON is made of.</summary>
    internal static string[] Words =>
        [
            "{\"a\":1}",
            "{\"a\":null}",
            "\"a\":",
            "\"b\":{}",
            "{}",
            "[]",
            "null",
            "\\u0061",
            "\\ud800",
            "\"\\ud83d\\ude00\":1",
            "1e400",
            "0.10",
            "-0",
            "\0",
            ",",
            "{\"a\":{\"a\":",
        ];

    /// <summary>The two parts of an input.</summary>
    internal static (byte[] Patch, byte[] Target) Split(byte[] input)
    {
        var at = input.AsSpan().IndexOf((byte)0);
        return at < 0 ? (input, []) : (input[..at], input[(at + 1)..]);
    }

    private static void Run(byte[] input)
    {
        var (text, target) = Split(input);
        Merge merge;
        try
        {
            merge = Merge.Patch(text);
        }
        catch (InvalidMergeException)
        {
            return;
        }

        using var patch = JsonDocument.Parse(text);
        using var created = JsonDocument.Parse(merge.Patched!.Create());
        WrongAnswerException.Unless(
            JsonOracle.Of(created.RootElement) == JsonOracle.Created(patch.RootElement),
            "another value made of nothing"
        );
        if (!Utf8.IsValid(target))
        {
            // Bytes between quotes are copied as they stand; the oracle can't read them.
            Apply(merge, target);
            return;
        }

        if (Document(target) is not { } before)
        {
            WrongAnswerException.Unless(Apply(merge, target) is null, "what is no JSON was patched");
            return;
        }

        using (before)
        {
            var patched = Apply(merge, target) ?? throw new WrongAnswerException("what is JSON was not patched");
            using var after = JsonDocument.Parse(patched);
            WrongAnswerException.Unless(
                JsonOracle.Of(after.RootElement) == JsonOracle.Patched(before.RootElement, patch.RootElement),
                "another value made of the patched one"
            );
        }
    }

    private static JsonDocument? Document(byte[] text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static ReadOnlyMemory<byte>? Apply(Merge merge, byte[] target)
    {
        try
        {
            return merge.Patched!.Apply(target);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
