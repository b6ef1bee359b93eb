using Remanso.Sql.Tables;

namespace Remanso.Postgres.Tables;

// What travels in an array is cast to the column's type, so that text reaches json or an enum, and numbers any number.
// An upsert locks its rows in the order of the arrays, which is sorted; the deletes of a batch lock theirs as the plan
// goes: a deadlock between two workers is possible there, ends with an error that counts as transient, and the batch is
// saved again.

/// <summary>The statements for one mapped table. Their parameters are arrays, an element for each row: <c>$1</c> the
/// present, then the columns of the key (<c>k0…</c>), the versions (<c>v</c>), and for the upsert the columns of the
/// value (<c>c0…</c>), the ends of lifetime (<c>e</c>) and the media types (<c>t</c>), where they are mapped.</summary>
internal sealed class PostgresTableText
{
    private const string Now = "$1";

    private readonly TablePlan _plan;
    private readonly TableShape _shape;
    private readonly string _table;
    private readonly string _keys;
    private readonly string _conflict;

    public PostgresTableText(TablePlan plan, TableShape shape)
    {
        _plan = plan;
        _shape = shape;
        _table = plan.Table.Quote('"');
        _keys = Join(plan.Keys.Select(static key => Quote(key.Name)));
        _conflict = MakeConflict();
        Upsert = MakeUpsert();
        Delete = MakeDelete();
        var rows =
            $"unnest({Join(_plan.Keys.Select(static (_, i) => $"${i + 1}"))}) AS w ({Join(KeyNames)}) JOIN {_table} AS t ON {Matches}";
        Load = $"SELECT {Loaded()} FROM {rows}";
        Nothing = $"SELECT {Loaded()} FROM (SELECT) AS one LEFT JOIN {_table} AS t ON false";
        Versions =
            $"SELECT {Join(_plan.Keys.Select(static key => $"t.{Quote(key.Name)}"))}, COALESCE(t.{Quote(_plan.Version)}, 0) FROM {rows}";
    }

    /// <summary>Saves values; gives the keys and versions of the rows that changed.</summary>
    public string Upsert { get; }

    /// <summary>Marks or removes rows, or leaves tombstones; gives the keys and versions of the rows that changed.</summary>
    public string Delete { get; }

    public string Load { get; }

    /// <summary>A row of <see cref="Load"/> in which everything is NULL.</summary>
    public string Nothing { get; }

    /// <summary>The keys and versions of rows.</summary>
    public string Versions { get; }

    /// <summary>The column to whose type <see cref="Upsert"/> casts at a position, as the server counts: from 1.</summary>
    /// <returns>Null where there is no such cast.</returns>
    public ColumnMapping? CastAt(int position) =>
        _plan
            .Keys.Select(static (column, i) => (column, Value: $"w.k{i}"))
            .Concat(_plan.Values.Select(static (column, i) => (column, Value: $"w.c{i}")))
            .FirstOrDefault(one => IsAt(position - 1, Cast(one.Value, one.column.Name)))
            .column;

    private bool IsAt(int index, string part) =>
        index >= 0 && index < Upsert.Length && Upsert.AsSpan(index).StartsWith(part, StringComparison.Ordinal);

    /// <remarks>Names alone mean every unique index on them. One by which other keys are the same would have their rows
    /// changed; so it refuses them, as any second unique index does.</remarks>
    private string MakeConflict()
    {
        string[] keys = [.. _plan.Keys.Select(static key => key.Name)];
        var indexes = _shape.UniqueIndexes.Where(index => index.Columns.Count == keys.Length && index.Columns.All(keys.Contains)).ToArray();
        return indexes.All(static index => index.IsExact) || indexes.FirstOrDefault(static index => index.IsExact) is not { } exact
            ? _keys
            : Join(exact.Columns.Zip(exact.Collations, static (column, collation) => Quote(column) + collation));
    }

    private string MakeUpsert()
    {
        var sets = _plan
            .Values.Select((column, i) => new Assignment(column.Name, Cast($"w.c{i}", column.Name)))
            .Append(new Assignment(_plan.Version, "w.v"))
            .Concat(Optional(_plan.SoftDelete, name => PostgresColumnForm.Mark(TypeOf(name), Now, deleted: false)))
            .Concat(Optional(_plan.Expiry, name => PostgresColumnForm.Time(TypeOf(name), "w.e")))
            .Concat(Optional(_plan.UpdatedAt, name => PostgresColumnForm.Time(TypeOf(name), Now)))
            .Concat(Optional(_plan.ContentType, name => Cast("w.t", name)))
            .ToArray();
        string[] names =
        [
            .. KeyNames,
            "v",
            .. _plan.Values.Select(static (_, i) => $"c{i}"),
            .. Optional(_plan.Expiry, static _ => "e").Select(static set => set.Value),
            .. Optional(_plan.ContentType, static _ => "t").Select(static set => set.Value),
        ];
        return $"""
            INSERT INTO {_table} AS stored ({_keys}, {Join(sets.Select(static set => Quote(set.Column)))})
            SELECT {KeysOf("w")}, {Join(sets.Select(static set => set.Value))}
            FROM {Rows(names)}
            ON CONFLICT ({_conflict}) DO UPDATE SET
            {Join(sets.Select(static set => $"{Quote(set.Column)} = EXCLUDED.{Quote(set.Column)}"))}
            WHERE COALESCE(stored.{Quote(_plan.Version)}, 0) < EXCLUDED.{Quote(_plan.Version)}
            RETURNING {Join(_plan.Keys.Select(static key => $"stored.{Quote(key.Name)}"))}, stored.{Quote(_plan.Version)}
            """;
    }

    private string MakeDelete()
    {
        var guard =
            $"WHERE {Matches} AND COALESCE(t.{Quote(_plan.Version)}, 0) < w.v RETURNING "
            + $"{Join(_plan.Keys.Select(static key => $"t.{Quote(key.Name)}"))}";
        string[] names = [.. KeyNames, "v"];
        if (_plan.SoftDelete is not { } deleted)
        {
            return $"WITH w AS (SELECT * FROM {Rows(names)}) DELETE FROM {_table} AS t USING w {guard}, w.v";
        }

        var marks = new[]
        {
            new Assignment(_plan.Version, "w.v"),
            new Assignment(deleted, PostgresColumnForm.Mark(TypeOf(deleted), Now, deleted: true)),
        }
            .Concat(Optional(_plan.UpdatedAt, name => PostgresColumnForm.Time(TypeOf(name), Now)))
            .ToArray();
        var marked =
            $"UPDATE {_table} AS t SET {Join(marks.Select(static set => $"{Quote(set.Column)} = {set.Value}"))} FROM w "
            + $"{guard}, t.{Quote(_plan.Version)}";
        if (!_plan.InsertsTombstones)
        {
            return $"WITH w AS (SELECT * FROM {Rows(names)}) {marked}";
        }

        var sets = marks
            .Concat(
                _plan
                    .Values.Where(column => _shape.Columns[column.Name] is { IsNullable: false, FillsItself: false })
                    .Select(column => new Assignment(column.Name, Neutral(column)))
            )
            .Concat(Optional(_plan.NeededContentType(_shape), name => Cast("''", name)))
            .ToArray();
        return $"""
            WITH w AS (SELECT * FROM {Rows(names)}),
            marked AS ({marked}),
            left_behind AS (
                INSERT INTO {_table} ({_keys}, {Join(sets.Select(static set => Quote(set.Column)))})
                SELECT {KeysOf("w")}, {Join(sets.Select(static set => set.Value))}
                FROM w WHERE NOT EXISTS (SELECT FROM {_table} AS t WHERE {Matches})
                ON CONFLICT ({_conflict}) DO NOTHING RETURNING {_keys}, {Quote(_plan.Version)})
            SELECT * FROM marked UNION ALL SELECT * FROM left_behind
            """;
    }

    private string Loaded() =>
        Join(
            _plan
                .Keys.Concat(_plan.Values)
                .Select(static column => $"t.{Quote(column.Name)}")
                .Append($"COALESCE(t.{Quote(_plan.Version)}, 0)")
                .Append(_plan.SoftDelete is { } deleted ? PostgresColumnForm.IsMarked(TypeOf(deleted), $"t.{Quote(deleted)}") : "false")
                .Append(_plan.Expiry is { } expiry ? PostgresColumnForm.Micros(TypeOf(expiry), $"t.{Quote(expiry)}") : "NULL::bigint")
                .Append(_plan.ContentType is { } content ? $"t.{Quote(content)}" : "NULL::text")
        );

    private string[] KeyNames => [.. _plan.Keys.Select(static (_, i) => $"k{i}")];

    private string Matches => string.Join(" AND ", _plan.Keys.Select((key, i) => $"t.{Quote(key.Name)} = {Sought($"w.k{i}", key)}"));

    private string KeysOf(string rows) => Join(_plan.Keys.Select((key, i) => Cast($"{rows}.k{i}", key.Name)));

    /// <summary>What a key is compared with: nothing where the column can't hold it, for then there is no such row.</summary>
    private string Sought(string value, ColumnMapping key)
    {
        var cast = Cast(value, key.Name);
        var fits = (TypeOf(key.Name), key.Kind) switch
        {
            ("smallint", not ColumnKind.SmallInteger) => $"{value} BETWEEN {short.MinValue} AND {short.MaxValue}",
            ("integer", not (ColumnKind.SmallInteger or ColumnKind.PlainInteger)) => $"{value} BETWEEN {int.MinValue} AND {int.MaxValue}",
            ("bigint", ColumnKind.Number) => $"{value} BETWEEN {long.MinValue} AND {long.MaxValue}",
            var (type, _) when IsEnum(type) => $"{value} = ANY (enum_range({Cast("NULL", key.Name)})::text[])",
            _ => null,
        };
        return fits is null ? cast : $"CASE WHEN {fits} THEN {cast} END";
    }

    private string TypeOf(string column) => _shape.Columns[column].DatabaseType;

    private string Cast(string value, string column) =>
        $"CAST({value} AS {(IsEnum(TypeOf(column)) ? TypeOf(column)[PostgresTableSchema.EnumMark.Length..] : TypeOf(column))})";

    private static bool IsEnum(string type) => type.StartsWith(PostgresTableSchema.EnumMark, StringComparison.Ordinal);

    /// <remarks>For a column that takes no NULL and has no default; the type says what is empty.</remarks>
    private string Neutral(ColumnMapping column)
    {
        var literal = column.Kind switch
        {
            ColumnKind.Text => TypeOf(column.Name) is "json" or "jsonb" ? "null" : string.Empty,
            ColumnKind.Bytes => string.Empty,
            ColumnKind.Uuid => Guid.Empty.ToString(),
            ColumnKind.Date or ColumnKind.Timestamp or ColumnKind.Moment => "0001-01-01",
            ColumnKind.Time or ColumnKind.Duration => "00:00:00",
            ColumnKind.Boolean => "false",
            _ => "0",
        };
        return Cast($"'{literal}'", column.Name);
    }

    private static string Rows(IEnumerable<string> names)
    {
        string[] all = [.. names];
        return $"unnest({Join(all.Select(static (_, i) => $"${i + 2}"))}) AS w ({Join(all)}) WHERE {LockWait.IsBounded}";
    }

    private static IEnumerable<Assignment> Optional(string? column, Func<string, string> value) =>
        column is null ? [] : [new Assignment(column, value(column))];

    private static string Quote(string identifier) => TableName.Quote(identifier, '"');

    private static string Join(IEnumerable<string> parts) => string.Join(", ", parts);

    private sealed record Assignment(string Column, string Value);
}
