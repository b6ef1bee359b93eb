namespace Remanso.Server.Tests.Fuzz;

/// <summary>A key as it is, and as a path has it; a wrong one has no text.</summary>
internal sealed record FuzzedKey(string? Text, string Escaped)
{
    private static readonly string[] _parts =
    [
        "a",
        "user:42",
        "/",
        "//",
        ".",
        "..",
        "../",
        "%",
        "%2F",
        "+",
        "\u00e7",
        "\ud83d\ude00",
        " ",
        "?",
        "#",
        "&",
        "=",
        "\\",
        "\"",
        "increment",
        "entries",
        "set",
        "~",
        "*",
        "get/",
    ];

    public bool IsRight => Text is not null;

    /// <summary>A key of a client: few of them, so that they meet again.</summary>
    public static FuzzedKey Next(Random random, int client)
    {
        var keys = new Random(random.Next(40));
        var text = new StringBuilder("c").Append(client).Append('-');
        for (var i = keys.Next(1, 6); i > 0; i--)
        {
            text.Append(_parts[keys.Next(_parts.Length)]);
        }

        // What its last part is would be a call of its own.
        var key = text.Append('k').ToString();
        return new FuzzedKey(key, Escape(random, key));
    }

    /// <summary>A key that nobody may have.</summary>
    public static FuzzedKey Wrong(Random random) =>
        new(
            null,
            random.Next(8) switch
            {
                0 => string.Empty,
                1 => "a%0Ab",
                2 => "%C2%85",
                3 => "%",
                4 => "a%2",
                5 => "a%zzb",
                6 => "a%FFb",
                _ => new string('x', 1025),
            }
        );

    private static string Escape(Random random, string key)
    {
        var escaped = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(key))
        {
            var must = b is <= (byte)' ' or >= 0x7f or (byte)'%' or (byte)'?' or (byte)'#';
            escaped.Append(
                must || random.Next(8) == 0
                    ? $"%{(random.Next(2) == 0 ? b.ToString("X2", provider: null) : b.ToString("x2", provider: null))}"
                    : ((char)b).ToString()
            );
        }

        return escaped.ToString();
    }
}
