using Remanso.Sql.Tables;

namespace Remanso.Sql;

/// <summary>Whether a default table, or its history, that is there already can hold what is written into it: a pure
/// function of its shape.</summary>
internal static class SchemaCheck
{
    /// <summary>What stands against the table, in one line, with the statements that would mend it; null for nothing.</summary>
    /// <param name="table">The table's name, for people.</param>
    /// <param name="shape">The table as the database describes it.</param>
    /// <param name="columns">The columns that are written.</param>
    /// <param name="key">The columns of the unique key.</param>
    /// <param name="words">The engine's words.</param>
    public static string? Problem(
        string table,
        TableShape shape,
        IReadOnlyList<SchemaColumn> columns,
        IReadOnlyList<string> key,
        ISchemaWords words
    )
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(words);
        List<string> faults = [],
            cures = [];
        foreach (var column in columns)
        {
            if (!shape.Columns.TryGetValue(column.Name, out var found))
            {
                Note($"it has no column {column.Name} of the type {column.Declaration}", words.Add(column));
            }
            else if (!column.Fits(found))
            {
                Note($"its column {column.Name} is {Describe(found)} and must be {column.Declaration}", words.Retype(column));
            }
            else if (column.IsNullable && !found.IsNullable)
            {
                Note($"its column {column.Name} must take NULL", words.AllowNull(found));
            }
        }

        foreach (
            var needed in shape.Columns.Values.Where(found =>
                !found.IsNullable
                && !found.FillsItself
                && !columns.Any(column => column.Name.Equals(found.Name, StringComparison.OrdinalIgnoreCase))
            )
        )
        {
            Note($"its column {needed.Name} is not written, takes no NULL and has no default", words.AllowNull(needed));
        }

        if (
            !shape.UniqueKeys.Any(unique =>
                unique.Count == key.Count && unique.All(column => key.Contains(column, StringComparer.OrdinalIgnoreCase))
            )
        )
        {
            Note($"it has no unique key of ({string.Join(", ", key)}) alone", words.AddKey(key));
        }

        return faults.Count == 0
            ? null
            : $"The table {table} can't be used: {string.Join("; ", faults)}. This mends it: "
                + $"{string.Join(" ", cures.Distinct(StringComparer.Ordinal))}";

        void Note(string fault, string cure)
        {
            faults.Add(fault);
            cures.Add(cure);
        }
    }

    private static string Describe(TableColumn column) =>
        column.DatabaseType.Length == 0 ? "of no type"
        : column.MaxLength is { } length ? $"{column.DatabaseType}({length})"
        : column.DatabaseType;
}
