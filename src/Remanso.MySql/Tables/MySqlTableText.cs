using Remanso.Sql.Tables;

namespace Remanso.MySql.Tables;

// STRAIGHT_JOIN: the rows are looked up, and so locked, one by one in the order of w. Every update and delete has the
// guard; that the rows are locked and lower is known before.

/// <summary>The statements for one mapped table, and the rows that they take: as <c>SELECT</c>s of literals, joined
/// into a table <c>w</c> with the columns of the key (<c>k0…</c>), the version (<c>v</c>), the columns of the value
/// (<c>c0…</c>), the end of lifetime (<c>e</c>) and the media type (<c>t</c>).</summary>
internal sealed class MySqlTableText
{
    private readonly TablePlan _plan;
    private readonly TableShape _shape;
    private readonly string _table;
    private readonly string _joined;
    private readonly string _guard;

    public MySqlTableText(TablePlan plan, TableShape shape)
    {
        _plan = plan;
        _shape = shape;
        _table = plan.Table.Quote('`');
        _joined = $") AS w STRAIGHT_JOIN {_table} AS t ON {string.Join(" AND ", plan.Keys.Select(Match))}";
        _guard = $" WHERE {StoredVersion} < w.v";
        NeedsZone = AllColumns.Any(name => TypeOf(name) == MySqlColumnType.Timestamp);
        var select = Join(
            plan.Keys.Concat(plan.Values)
                .Select(column => MySqlColumnReader.Select(Stored(column.Name), column.Kind, TypeOf(column.Name)))
                .Append($"CAST({StoredVersion} AS SIGNED)")
                .Append(
                    plan.SoftDelete is not { } deleted ? "0"
                    : MySqlColumnType.IsMoment(TypeOf(deleted)) ? $"{Stored(deleted)} IS NOT NULL"
                    : $"COALESCE({Stored(deleted)}, 0) <> 0"
                )
                .Append(plan.Expiry is { } expiry ? MySqlColumnReader.Micros(Stored(expiry), TypeOf(expiry)) : "NULL")
                .Append(plan.ContentType is { } content ? MySqlColumnReader.Bytes(Stored(content), TypeOf(content)) : "NULL")
        );
        Load = Over($"SELECT {select} FROM (SELECT ", string.Empty);
        var keys = Join(plan.Keys.Select(key => MySqlColumnReader.Select(Stored(key.Name), key.Kind, TypeOf(key.Name))));
        Lock = Over($"SELECT {keys}, CAST({StoredVersion} AS SIGNED) FROM (SELECT ", " FOR UPDATE");
        Versions = Over($"SELECT {keys}, CAST({StoredVersion} AS SIGNED) FROM (SELECT ", string.Empty);
        Remove = Over("DELETE t FROM (SELECT ", _guard);
        Insert = new RowsStatement($"INSERT INTO {_table} ({Join(AllColumns.Select(Quote))}) VALUES ", ",", string.Empty);
    }

    /// <summary>Whether times are written that the session's time zone would move.</summary>
    public bool NeedsZone { get; }

    /// <summary>Reads rows.</summary>
    public RowsStatement Load { get; }

    /// <summary>Reads the versions of rows, which stay as they are until the transaction ends; rows that are not there
    /// are not locked, nor are gaps.</summary>
    public RowsStatement Lock { get; }

    /// <summary>Reads the versions of rows.</summary>
    public RowsStatement Versions { get; }

    public RowsStatement Remove { get; }

    public RowsStatement Insert { get; }

    private IEnumerable<string> AllColumns => _plan.AllColumns;

    private string StoredVersion => $"COALESCE({Stored(_plan.Version)}, 0)";

    /// <summary>Saves values in rows that are there.</summary>
    public RowsStatement Update(long now)
    {
        var sets = _plan
            .Values.Select(static (column, i) => (column.Name, Value: $"w.c{i}"))
            .Concat(Optional(_plan.SoftDelete, name => MySqlLiteral.Mark(TypeOf(name), deleted: false, now)))
            .Concat(Optional(_plan.Expiry, static _ => "w.e"))
            .Concat(Optional(_plan.UpdatedAt, name => MySqlLiteral.Time(TypeOf(name), now)))
            .Concat(Optional(_plan.ContentType, static _ => "w.t"));
        return Change(sets);
    }

    /// <summary>Marks rows as deleted.</summary>
    public RowsStatement Mark(long now) =>
        Change(
            Optional(_plan.SoftDelete, name => MySqlLiteral.Mark(TypeOf(name), deleted: true, now))
                .Concat(Optional(_plan.UpdatedAt, name => MySqlLiteral.Time(TypeOf(name), now)))
        );

    /// <summary>The statements without a row: the server checks tables, columns and this user's rights.</summary>
    public IEnumerable<string> Probes()
    {
        var nothing =
            Join(
                _plan
                    .Keys.Select(static (_, i) => $"k{i}")
                    .Append("v")
                    .Concat(_plan.Values.Select(static (_, i) => $"c{i}"))
                    .Append("e")
                    .Append("t")
                    .Select(static name => $"NULL AS {name}")
            ) + " FROM DUAL WHERE 1 = 0";
        foreach (var statement in new[] { Load, Lock, Update(now: 0), _plan.SoftDelete is null ? Remove : Mark(now: 0) })
        {
            yield return statement.Head + nothing + statement.Tail;
        }

        yield return $"INSERT INTO {_table} ({Join(AllColumns.Select(Quote))}) SELECT "
            + $"{Join(AllColumns.Select(static _ => "NULL"))} FROM DUAL WHERE 1 = 0";
    }

    /// <summary>Writes a row of keys.</summary>
    public void WriteKey(RowsCommand rows, object?[] key)
    {
        for (var i = 0; i < key.Length; i++)
        {
            if (i > 0)
            {
                rows.Sql.Append(',');
            }

            WriteColumn(rows, _plan.Keys[i], key[i]);
            Name(rows, "k", i);
        }
    }

    /// <summary>Writes a row of keys and versions.</summary>
    public void WriteVersion(RowsCommand rows, TableWrite write)
    {
        WriteKey(rows, write.Key);
        rows.Sql.Append(',').AppendNumber(write.Version);
        Name(rows, "v");
    }

    /// <summary>Writes a row for <see cref="Update"/>.</summary>
    public void WriteUpdate(RowsCommand rows, TableWrite write)
    {
        WriteVersion(rows, write);
        for (var i = 0; i < write.Values.Length; i++)
        {
            rows.Sql.Append(',');
            WriteColumn(rows, _plan.Values[i], write.Values[i]);
            Name(rows, "c", i);
        }

        if (_plan.Expiry is { } expiry)
        {
            rows.Sql.Append(',').Append(MySqlLiteral.Time(TypeOf(expiry), write.ExpiresAt));
            Name(rows, "e");
        }

        if (_plan.ContentType is { } content)
        {
            rows.Sql.Append(',');
            MySqlLiteral.Write(rows, write.ContentType, ColumnKind.Text, _shape.Columns[content]);
            Name(rows, "t");
        }
    }

    /// <summary>Writes a row for <see cref="Insert"/>; a tombstone has what its columns have of themselves, or nothing.</summary>
    /// <remarks>In the order of <see cref="TablePlan.AllColumns"/>.</remarks>
    public void WriteInsert(RowsCommand rows, TableWrite write, bool deleted, long now)
    {
        rows.Sql.Append('(');
        for (var i = 0; i < write.Key.Length; i++)
        {
            WriteColumn(rows, _plan.Keys[i], write.Key[i]);
            rows.Sql.Append(',');
        }

        for (var i = 0; i < _plan.Values.Count; i++)
        {
            if (deleted)
            {
                rows.Sql.Append(Missing(_plan.Values[i]));
            }
            else
            {
                WriteColumn(rows, _plan.Values[i], write.Values[i]);
            }

            rows.Sql.Append(',');
        }

        rows.Sql.AppendNumber(write.Version);
        if (_plan.SoftDelete is { } mark)
        {
            rows.Sql.Append(',').Append(MySqlLiteral.Mark(TypeOf(mark), deleted, now));
        }

        if (_plan.Expiry is { } expiry)
        {
            rows.Sql.Append(',').Append(MySqlLiteral.Time(TypeOf(expiry), deleted ? null : write.ExpiresAt));
        }

        if (_plan.UpdatedAt is { } updated)
        {
            rows.Sql.Append(',').Append(MySqlLiteral.Time(TypeOf(updated), now));
        }

        if (_plan.ContentType is { } content)
        {
            rows.Sql.Append(',');
            if (deleted)
            {
                rows.Sql.Append(
                    _plan.NeededContentType(_shape) is null ? "DEFAULT" : MySqlLiteral.Neutral(ColumnKind.Text, TypeOf(content))
                );
            }
            else
            {
                MySqlLiteral.Write(rows, write.ContentType, ColumnKind.Text, _shape.Columns[content]);
            }
        }

        rows.Sql.Append(')');
    }

    private RowsStatement Change(IEnumerable<(string Name, string Value)> sets) =>
        Over(
            "UPDATE (SELECT ",
            $" SET {Join(sets.Append((_plan.Version, "w.v")).Select(set => $"{Stored(set.Item1)} = {set.Item2}"))}{_guard}"
        );

    private RowsStatement Over(string head, string tail) => new(head, " UNION ALL SELECT ", _joined + tail);

    private void WriteColumn(RowsCommand rows, ColumnMapping column, object? value) =>
        MySqlLiteral.Write(rows, value, column.Kind, _shape.Columns[column.Name]);

    private string Missing(ColumnMapping column) =>
        _shape.Columns[column.Name] is { IsNullable: false, FillsItself: false }
            ? MySqlLiteral.Neutral(column.Kind, TypeOf(column.Name))
            : "DEFAULT";

    /// <remarks>Two texts that a collation takes for one stay two keys: the second is refused by the unique index
    /// instead of changing the first one's row.</remarks>
    private string Match(ColumnMapping key, int index)
    {
        var match = $"{Stored(key.Name)} = w.k{index}";
        return MySqlColumnType.IgnoresTrailingSpaces(_shape.Columns[key.Name])
            ? $"{match} AND OCTET_LENGTH({Stored(key.Name)}) = OCTET_LENGTH(w.k{index})"
            : match;
    }

    private string TypeOf(string column) => MySqlColumnType.Plain(_shape.Columns[column].DatabaseType);

    private static void Name(RowsCommand rows, string name, int? index = null)
    {
        if (rows.IsFirst)
        {
            rows.Sql.Append(System.Globalization.CultureInfo.InvariantCulture, $" AS {name}{index}");
        }
    }

    private static IEnumerable<(string Name, string Value)> Optional(string? column, Func<string, string> value) =>
        column is null ? [] : [(column, value(column))];

    private static string Stored(string column) => $"t.{Quote(column)}";

    private static string Quote(string identifier) => TableName.Quote(identifier, '`');

    private static string Join(IEnumerable<string> parts) => string.Join(", ", parts);
}
