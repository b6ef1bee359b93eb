using Remanso.Sql.Tables;

namespace Remanso;

/// <summary>
/// The name of a table, with or without its schema: <c>cache_data</c>, <c>app.cache_data</c>.
/// </summary>
/// <remarks>
/// Each part is 1 to 63 ASCII letters, digits and underscores, and does not begin with a digit: the names that every
/// engine takes, and that cannot break out of their quotes. Case is kept.
/// </remarks>
public sealed class SqlTableName
{
    /// <summary>The longest part: PostgreSQL cuts longer names off in silence.</summary>
    private const int LongestPart = 63;

    private readonly string[] _parts;

    private SqlTableName(string[] parts) => _parts = parts;

    /// <summary>The name used unless another is set: <c>cache_data</c>.</summary>
    public static SqlTableName Default { get; } = new(["cache_data"]);

    /// <summary>Reads a name.</summary>
    /// <exception cref="FormatException">The name is not of the form described above.</exception>
    public static SqlTableName Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var parts = text.Split('.');
        if (parts.Length > 2 || !Array.TrueForAll(parts, IsIdentifier))
        {
            throw new FormatException(
                $"'{text}' is no table name: one or two parts with a dot between them, each 1 to {LongestPart} "
                    + "ASCII letters, digits or underscores, not beginning with a digit."
            );
        }

        return new SqlTableName(parts);
    }

    /// <summary>The name as it stands in a statement, each part between the engine's quotes.</summary>
    /// <param name="quote">The engine's quote, <c>"</c> or <c>`</c>.</param>
    public string Quote(char quote) => string.Join('.', _parts.Select(part => $"{quote}{part}{quote}"));

    /// <summary>The name of something that belongs to the table, such as an index: the table's, in the same schema,
    /// with a suffix; cut so that it is no longer than a name may be.</summary>
    public SqlTableName WithSuffix(string suffix)
    {
        ArgumentNullException.ThrowIfNull(suffix);
        var name = _parts[^1];
        return new([.. _parts[..^1], name[..Math.Min(name.Length, LongestPart - suffix.Length)] + suffix]);
    }

    /// <summary>The name without its schema, between the engine's quotes.</summary>
    /// <param name="quote">The engine's quote, <c>"</c> or <c>`</c>.</param>
    public string QuoteName(char quote) => $"{quote}{_parts[^1]}{quote}";

    /// <summary>The same name, as that of any table.</summary>
    internal TableName ToTableName() => new(_parts[^1], _parts.Length == 2 ? _parts[0] : null);

    /// <inheritdoc/>
    public override string ToString() => string.Join('.', _parts);

    private static bool IsIdentifier(string part) =>
        part.Length is > 0 and <= LongestPart && !char.IsAsciiDigit(part[0]) && part.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
