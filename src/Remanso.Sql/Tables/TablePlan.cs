namespace Remanso.Sql.Tables;

/// <summary>What a mapping says of its table, without the types of key and value: what a dialect makes statements of.</summary>
internal sealed class TablePlan
{
    /// <summary>The table.</summary>
    public required TableName Table { get; init; }

    /// <summary>The columns of the key, in the order of its parts; one or more.</summary>
    public required IReadOnlyList<ColumnMapping> Keys { get; init; }

    /// <summary>The columns of the value; columns of the key are not among them.</summary>
    public required IReadOnlyList<ColumnMapping> Values { get; init; }

    /// <summary>The column of the version; NULL in it counts as 0.</summary>
    public required string Version { get; init; }

    /// <summary>The column that marks tombstones: a flag, or the time of the deletion. Null: a delete removes the row.</summary>
    public string? SoftDelete { get; init; }

    /// <summary>Whether the delete of a key without a row leaves one, as a tombstone.</summary>
    public bool InsertsTombstones { get; init; }

    /// <summary>The column of the end of the lifetime: a time, or microseconds since 1970; NULL for none.</summary>
    public string? Expiry { get; init; }

    /// <summary>The column of the time of the last change: a time, or microseconds since 1970.</summary>
    public string? UpdatedAt { get; init; }

    /// <summary>The column of the value's media type.</summary>
    public string? ContentType { get; init; }

    /// <summary>The column of the media type where a row can't be without one: a tombstone has an empty one.</summary>
    public string? NeededContentType(TableShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        return ContentType is { } name && shape.Columns[name] is { IsNullable: false, FillsItself: false } ? name : null;
    }

    /// <summary>The columns that are neither key nor value.</summary>
    public IEnumerable<string> SystemColumns => new[] { Version, SoftDelete, Expiry, UpdatedAt, ContentType }.OfType<string>();

    /// <summary>Every column that the mapping names.</summary>
    public IEnumerable<string> AllColumns => Keys.Concat(Values).Select(static column => column.Name).Concat(SystemColumns);
}
