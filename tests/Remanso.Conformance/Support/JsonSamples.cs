using System.Globalization;
using System.Text;

namespace Remanso.Conformance.Support;

/// <summary>Makes JSON texts as they might come, from a seed: few names, so that documents and patches meet, in several
/// spellings; numbers that no double holds; space anywhere.</summary>
public sealed class JsonSamples(int seed)
{
    private static readonly string[] _plainNames = ["a", "b", "c", "é", "", "a/b", "\uD83D\uDE00"];
    private static readonly string[] _names =
    [
        "a",
        "b",
        "c",
        @"\u0061",
        @"\u0062",
        "é",
        @"\u00e9",
        @"\u00E9",
        "",
        "a/b",
        @"a\/b",
        "\uD83D\uDE00",
        @"\ud83d\ude00",
        @"\\",
        @"\""",
        @"n\u0000",
        @"\n",
    ];

    private static readonly string[] _scalars =
    [
        "0",
        "-0",
        "1",
        "-17",
        "9007199254740993",
        "12345678901234567890123",
        "1.10",
        "0.1e-7",
        "1E+400",
        "-1.0e5",
        "true",
        "false",
        "null",
        "\"\"",
        "\"x\"",
        "\"]},{[\"",
        @"""\\\""\u0041\ud83d\ude00""",
        "\"ü \u007f\"",
        "{}",
        "[]",
        "[ ]",
        "{ }",
    ];

    private static readonly string[] _spaces = ["", "", "", "", " ", "\n", "\t ", " \r\n"];
    private static readonly string[] _noise =
    [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\\",
        " ",
        "0",
        "-",
        ".",
        "e",
        "x",
        "null",
        "\n",
        "\u0001",
        @"\u12",
        @"\x",
        "\u00ff",
        "1",
    ];

    private readonly Random _random = new(seed);

    /// <summary>A text that is JSON.</summary>
    /// <param name="depth">How many levels it has at most.</param>
    /// <param name="unique">Whether no object has a name twice.</param>
    public string Document(int depth = 4, bool unique = false)
    {
        var text = new StringBuilder();
        Space(text);
        Value(text, depth, unique);
        Space(text);
        return text.ToString();
    }

    /// <summary>An object or anything else, as a patch mostly is and rarely is not.</summary>
    public string Patch(bool unique = false)
    {
        var text = new StringBuilder();
        if (_random.Next(10) == 0)
        {
            return Document(2, unique);
        }

        Object(text, 4, unique);
        return text.ToString();
    }

    /// <summary>An array.</summary>
    public string Array()
    {
        var text = new StringBuilder();
        Space(text);
        Array(text, 3, unique: false);
        Space(text);
        return text.ToString();
    }

    /// <summary>The text with something in it that was not, or without something that was: JSON no more, as a rule.</summary>
    public string Damaged(string text)
    {
        var at = _random.Next(text.Length + 1);
        return _random.Next(4) switch
        {
            0 => text[..at],
            1 => text.Remove(at, Math.Min(1, text.Length - at)),
            2 => text.Insert(at, Pick(_noise)),
            _ => text.Remove(at, Math.Min(1, text.Length - at)).Insert(at, Pick(_noise)),
        };
    }

    /// <summary>A number of the seed's.</summary>
    public int Next(int below) => _random.Next(below);

    private void Value(StringBuilder text, int depth, bool unique)
    {
        switch (depth == 0 ? 9 : _random.Next(10))
        {
            case < 4:
                Object(text, depth, unique);
                break;
            case < 6:
                Array(text, depth, unique);
                break;
            case 6:
                text.Append(_random.NextInt64(long.MinValue, long.MaxValue).ToString(CultureInfo.InvariantCulture));
                break;
            default:
                text.Append(Pick(_scalars));
                break;
        }
    }

    private void Object(StringBuilder text, int depth, bool unique)
    {
        var names = Enumerable.Range(0, _random.Next(5)).Select(_ => Pick(unique ? _plainNames : _names));
        Group(text, '{', '}', [.. unique ? names.Distinct(StringComparer.Ordinal) : names], depth, unique);
    }

    private void Array(StringBuilder text, int depth, bool unique) => Group(text, '[', ']', new string?[_random.Next(5)], depth, unique);

    private void Group(StringBuilder text, char open, char close, string?[] names, int depth, bool unique)
    {
        text.Append(open);
        Space(text);
        for (var i = 0; i < names.Length; i++)
        {
            if (i > 0)
            {
                text.Append(',');
                Space(text);
            }

            if (names[i] is { } name)
            {
                text.Append('"').Append(name).Append('"');
                Space(text);
                text.Append(':');
                Space(text);
            }

            Value(text, depth - 1, unique);
            Space(text);
        }

        text.Append(close);
    }

    private void Space(StringBuilder text) => text.Append(Pick(_spaces));

    private string Pick(string[] from) => from[_random.Next(from.Length)];
}
