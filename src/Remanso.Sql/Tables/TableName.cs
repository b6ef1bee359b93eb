namespace Remanso.Sql.Tables;

/// <summary>The name of a table that exists, with or without its schema; any characters that the database takes, case kept.</summary>
/// <param name="Name">The table.</param>
/// <param name="Schema">The schema; null for the connection's own.</param>
internal sealed record TableName(string Name, string? Schema = null)
{
    /// <summary>The name as it stands in a statement.</summary>
    /// <param name="quote">The engine's quote, <c>"</c> or <c>`</c>.</param>
    public string Quote(char quote) => Schema is null ? Quote(Name, quote) : $"{Quote(Schema, quote)}.{Quote(Name, quote)}";

    /// <summary>The statement that reads a column of a few rows, whichever come first.</summary>
    /// <param name="column">The column.</param>
    /// <param name="quote">The engine's quote.</param>
    public string Sample(string column, char quote) => $"SELECT {Quote(column, quote)} FROM {Quote(quote)} LIMIT 100";

    /// <summary>Any identifier as it stands in a statement: a quote within it is doubled, so it can't break out.</summary>
    /// <exception cref="ArgumentException">It is empty or has the character U+0000.</exception>
    public static string Quote(string identifier, char quote)
    {
        ArgumentException.ThrowIfNullOrEmpty(identifier);
        if (identifier.Contains('\0', StringComparison.Ordinal))
        {
            throw new ArgumentException("The name of a table or column can't hold U+0000.", nameof(identifier));
        }

        return $"{quote}{identifier.Replace($"{quote}", $"{quote}{quote}", StringComparison.Ordinal)}{quote}";
    }

    /// <inheritdoc/>
    public override string ToString() => Schema is null ? Name : $"{Schema}.{Name}";
}
