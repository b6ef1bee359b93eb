using Remanso.Conformance.Tables;
using Remanso.Sql.Tables;
using Remanso.Sqlite;

namespace Remanso.Stores.Tests.Tables;

/// <summary>A SQLite file for mapped tables.</summary>
internal sealed class SqliteTableBed : TableTestBed
{
    private readonly SqliteTestBed _file = new();

    public SqliteTableBed() => Directory.CreateDirectory(Path.GetDirectoryName(_file.File)!);

    public override ITableStoreProvider Provider => (SqliteStoreProvider)_file.Provider;

    public override string Quote(string identifier) => TableName.Quote(identifier, '"');

    public override string TypeOf(ColumnKind kind) =>
        kind switch
        {
            ColumnKind.Boolean or ColumnKind.SmallInteger or ColumnKind.PlainInteger or ColumnKind.LongInteger => "INTEGER",
            ColumnKind.Real or ColumnKind.DoubleReal => "REAL",
            ColumnKind.Bytes => "BLOB",
            _ => "TEXT",
        };

    public override ValueTask<object?> ExecuteAsync(string sql)
    {
        using var connection = _file.OpenForeign();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return ValueTask.FromResult(command.ExecuteScalar());
    }

    /// <summary>How SQLite would run a query, in its own words.</summary>
    public async ValueTask<string> PlanAsync(string sql)
    {
        await using var connection = _file.OpenForeign();
        await using var command = connection.CreateCommand();
        command.CommandText = $"EXPLAIN QUERY PLAN {sql}";
        await using var reader = await command.ExecuteReaderAsync();
        var steps = new List<string>();
        while (await reader.ReadAsync())
        {
            steps.Add(reader.GetString(3));
        }

        return string.Join("; ", steps);
    }

    public override ValueTask DisposeAsync() => _file.DisposeAsync();
}
