using Remanso.Sql.Tables;

namespace Remanso.Sqlite.Tables;

/// <summary>The statements for one mapped table. Parameters: <c>$k0…</c> the key, <c>$v0…</c> the value, and those below.</summary>
internal sealed class SqliteTableText
{
    public const string Version = "$version";
    public const string Now = "$now";
    public const string Expiry = "$expires";
    public const string ContentType = "$content";
    public const string Keys = "$keys";

    private readonly TablePlan _plan;
    private readonly TableShape _shape;
    private readonly string _table;

    public SqliteTableText(TablePlan plan, TableShape shape)
    {
        _plan = plan;
        _shape = shape;
        _table = plan.Table.Quote('"');
        ExpiryIsTime = plan.Expiry is { } expiry && SqliteAffinity.IsTime(TypeOf(expiry));
        UpdatedIsTime = plan.UpdatedAt is { } updated && SqliteAffinity.IsTime(TypeOf(updated));
        DeletedIsTime = plan.SoftDelete is { } deleted && SqliteAffinity.IsTime(TypeOf(deleted));
        Upsert = MakeUpsert();
        Delete = MakeDelete();
        Tombstone = plan.InsertsTombstones ? MakeTombstone() : null;
        Load = MakeLoad();
        Versions = Over(_plan.Keys.Select(static key => $"t.{Quote(key.Name)}").Append($"COALESCE(t.{Quote(_plan.Version)}, 0)"));
    }

    public bool ExpiryIsTime { get; }

    /// <summary>Whether the time of a change is written as text; that of a deletion may be written otherwise.</summary>
    public bool UpdatedIsTime { get; }

    public bool DeletedIsTime { get; }

    public string Upsert { get; }

    /// <summary>Marks a row, or removes it.</summary>
    public string Delete { get; }

    /// <summary>Leaves a tombstone where there is no row; null where the mapping wants none.</summary>
    public string? Tombstone { get; }

    public string Load { get; }

    /// <summary>The keys and versions of rows.</summary>
    public string Versions { get; }

    /// <summary>Whether a column makes numbers of text that looks like one.</summary>
    public bool IsNumeric(string column) => SqliteAffinity.IsNumeric(TypeOf(column));

    private string MakeUpsert()
    {
        var values = _plan
            .Values.Select(static (column, i) => new Assignment(column.Name, $"$v{i}"))
            .Append(new Assignment(_plan.Version, Version))
            .Concat(Optional(_plan.SoftDelete, DeletedIsTime ? "NULL" : "0"))
            .Concat(Optional(_plan.Expiry, Expiry))
            .Concat(Optional(_plan.UpdatedAt, Now))
            .Concat(Optional(_plan.ContentType, ContentType))
            .ToArray();

        // Without an alias, which SQLite would call the table by in its errors; but "excluded" is the new row's name.
        var (alias, stored) = string.Equals(_plan.Table.Name, "excluded", StringComparison.OrdinalIgnoreCase)
            ? (" AS stored", "stored")
            : (string.Empty, Quote(_plan.Table.Name));
        return $"""
            INSERT INTO {_table}{alias} ({KeyColumns}, {string.Join(", ", values.Select(static pair => Quote(pair.Column)))})
            VALUES ({KeyParameters}, {string.Join(", ", values.Select(static pair => pair.Value))})
            ON CONFLICT ({Conflict}) DO UPDATE SET
            {string.Join(", ", values.Select(static pair => $"{Quote(pair.Column)} = excluded.{Quote(pair.Column)}"))}
            WHERE COALESCE({stored}.{Quote(_plan.Version)}, 0) < excluded.{Quote(_plan.Version)}
            """;
    }

    private string MakeDelete()
    {
        var guard =
            $"WHERE {string.Join(" AND ", _plan.Keys.Select(static (key, i) => $"{Compared(key)} = $k{i}"))} AND "
            + $"COALESCE({Quote(_plan.Version)}, 0) < {Version}";
        if (_plan.SoftDelete is not { } deleted)
        {
            return $"DELETE FROM {_table} {guard}";
        }

        var sets = new[] { new Assignment(_plan.Version, Version), new Assignment(deleted, Deleted) }.Concat(
            Optional(_plan.UpdatedAt, Now)
        );
        return $"UPDATE {_table} SET {string.Join(", ", sets.Select(static pair => $"{Quote(pair.Column)} = {pair.Value}"))} {guard}";
    }

    private string MakeTombstone()
    {
        var values = new[] { new Assignment(_plan.Version, Version), new Assignment(_plan.SoftDelete!, Deleted) }
            .Concat(Optional(_plan.UpdatedAt, Now))
            .Concat(
                _plan
                    .Values.Where(column => _shape.Columns[column.Name] is { IsNullable: false, FillsItself: false })
                    .Select(static column => new Assignment(column.Name, Neutral(column.Kind)))
            )
            .Concat(Optional(_plan.NeededContentType(_shape), Neutral(ColumnKind.Text)))
            .ToArray();
        return $"""
            INSERT INTO {_table} ({KeyColumns}, {string.Join(", ", values.Select(static pair => Quote(pair.Column)))})
            VALUES ({KeyParameters}, {string.Join(", ", values.Select(static pair => pair.Value))})
            ON CONFLICT ({Conflict}) DO NOTHING
            """;
    }

    private string MakeLoad() =>
        Over(
            _plan
                .Keys.Concat(_plan.Values)
                .Select(static column => $"t.{Quote(column.Name)}")
                .Append($"COALESCE(t.{Quote(_plan.Version)}, 0)")
                .Append(
                    _plan.SoftDelete is not { } deleted ? "0"
                    : DeletedIsTime ? $"t.{Quote(deleted)} IS NOT NULL"
                    : $"COALESCE(t.{Quote(deleted)}, 0)"
                )
                .Append(_plan.Expiry is { } expiry ? $"t.{Quote(expiry)}" : "NULL")
                .Append(_plan.ContentType is { } content ? $"t.{Quote(content)}" : "NULL")
        );

    /// <remarks>The keys travel as one JSON array of arrays. CROSS JOIN keeps SQLite from beginning with the table.</remarks>
    private string Over(IEnumerable<string> columns) =>
        $"""
            SELECT {string.Join(", ", columns)}
            FROM json_each({Keys}) AS w CROSS JOIN {_table} AS t
            ON {string.Join(" AND ", _plan.Keys.Select(static (key, i) => $"t.{Compared(key)} = json_extract(w.value, '$[{i}]')"))}
            """;

    private string KeyColumns => string.Join(", ", _plan.Keys.Select(static key => Quote(key.Name)));

    private string Conflict => string.Join(", ", _plan.Keys.Select(Compared));

    private string KeyParameters => string.Join(", ", _plan.Keys.Select(static (_, i) => $"$k{i}"));

    private string Deleted => DeletedIsTime ? "$deleted" : "1";

    private string TypeOf(string column) => _shape.Columns[column].DatabaseType;

    private static IEnumerable<Assignment> Optional(string? column, string value) => column is null ? [] : [new Assignment(column, value)];

    /// <remarks>A column may be compared otherwise, and so may a second unique index; a name alone means the first that is
    /// found. By it another key's row would be changed.</remarks>
    private static string Compared(ColumnMapping key) =>
        key.Kind == ColumnKind.Text ? $"{Quote(key.Name)} COLLATE BINARY" : Quote(key.Name);

    private static string Quote(string identifier) => TableName.Quote(identifier, '"');

    private static string Neutral(ColumnKind kind) =>
        kind switch
        {
            ColumnKind.Text => "''",
            ColumnKind.Bytes => "x''",
            ColumnKind.Uuid => $"'{Guid.Empty}'",
            ColumnKind.Date => "'0001-01-01'",
            ColumnKind.Timestamp or ColumnKind.Moment => "'0001-01-01 00:00:00'",
            ColumnKind.Time or ColumnKind.Duration => "'00:00:00'",
            ColumnKind.Number => "'0.0'",
            _ => "0",
        };

    private sealed record Assignment(string Column, string Value);
}
