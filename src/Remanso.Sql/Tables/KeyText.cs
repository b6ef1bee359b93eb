using System.Globalization;

namespace Remanso.Sql.Tables;

/// <summary>The parts of a key as one string and back. One part stands as it is; several stand between slashes, with
/// <c>~</c> written <c>~0</c> and <c>/</c> written <c>~1</c> within a part (as in a JSON pointer, RFC 6901), so two
/// different keys have two different strings.
/// </summary>
internal static class KeyText
{
    private const char Separator = '/';

    /// <summary>Whether a kind may be part of a key: its equality is the same here, in a string, and in every engine.</summary>
    /// <remarks>Not so for numbers with fractions (1.0 and 1.00), times (precision, offsets) and bytes.</remarks>
    public static bool IsKeyKind(ColumnKind kind) =>
        kind
            is ColumnKind.Boolean
                or ColumnKind.SmallInteger
                or ColumnKind.PlainInteger
                or ColumnKind.LongInteger
                or ColumnKind.Text
                or ColumnKind.Uuid
                or ColumnKind.Date;

    /// <summary>The string of a key's parts.</summary>
    /// <exception cref="InvalidKeyException">A part is null.</exception>
    public static string Join(IReadOnlyList<object?> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        if (parts.Count == 1)
        {
            return Write(parts[0]);
        }

        return string.Join(
            Separator,
            parts.Select(static part =>
                Write(part).Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)
            )
        );
    }

    /// <summary>The parts of a string, in the types of their columns.</summary>
    /// <exception cref="FormatException">The text is not of the form that <see cref="Join"/> writes.</exception>
    public static object?[] Split(string text, IReadOnlyList<ColumnMapping> columns)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(columns);
        var texts = columns.Count == 1 ? [text] : text.Split(Separator);
        if (texts.Length != columns.Count)
        {
            throw new FormatException($"The key has {texts.Length} parts instead of {columns.Count}.");
        }

        var parts = new object?[texts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            var part =
                columns.Count == 1
                    ? texts[i]
                    : texts[i].Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            parts[i] = Read(part, columns[i].Kind);
        }

        // Only the one string that a key is written as stands for it: "007" must not become another name of 7.
        return string.Equals(Join(parts), text, StringComparison.Ordinal)
            ? parts
            : throw new FormatException("The key is not written as keys of this cache are.");
    }

    private static string Write(object? part) =>
        part switch
        {
            null => throw new InvalidKeyException("A part of the key is null."),
            string text => text,
            bool flag => flag ? "true" : "false",
            DateOnly date => date.ToString("O", CultureInfo.InvariantCulture),
            IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
            _ => throw new InvalidKeyException($"A part of the key is a {part.GetType()}, which can't be part of a key."),
        };

    /// <remarks>Parsers quote what they can't read, and that gets into logs, which have no keys.</remarks>
    private static object Read(string text, ColumnKind kind)
    {
        var culture = CultureInfo.InvariantCulture;
        return kind switch
        {
            ColumnKind.Boolean when bool.TryParse(text, out var flag) => flag,
            ColumnKind.SmallInteger when short.TryParse(text, NumberStyles.Integer, culture, out var number) => number,
            ColumnKind.PlainInteger when int.TryParse(text, NumberStyles.Integer, culture, out var number) => number,
            ColumnKind.LongInteger when long.TryParse(text, NumberStyles.Integer, culture, out var number) => number,
            ColumnKind.Uuid when Guid.TryParseExact(text, "D", out var id) => id,
            ColumnKind.Date when DateOnly.TryParseExact(text, "O", culture, DateTimeStyles.None, out var date) => date,
            ColumnKind.Text => text,
            _ => throw new FormatException($"A part of the key is no {kind}, or too large for one."),
        };
    }
}
