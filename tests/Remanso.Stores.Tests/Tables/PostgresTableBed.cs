using Npgsql;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Tables;
using Remanso.Postgres;
using Remanso.Sql.Tables;

namespace Remanso.Stores.Tests.Tables;

/// <summary>A schema of its own, for mapped tables, in a PostgreSQL server that the tests share. They are the
/// superuser's, and granted to the role of the deployment's file.</summary>
internal sealed class PostgresTableBed : TableTestBed
{
    private readonly NpgsqlDataSource _foreign;
    private readonly PostgresStoreProvider _provider;

    private PostgresTableBed(PostgresServer server, string schema)
    {
        _foreign = NpgsqlDataSource.Create($"{server.ConnectionString};Search Path={schema};Pooling=false");
        _provider = new PostgresStoreProvider(
            PostgresAddress.Parse($"{server.RoleConnectionString};Search Path={schema};Maximum Pool Size=8")
        );
    }

    public override ITableStoreProvider Provider => _provider;

    public static async ValueTask<TableTestBed> CreateAsync(PostgresServer server)
    {
        var schema = $"t{Guid.NewGuid():N}";
        var bed = new PostgresTableBed(server, schema);
        await bed.ExecuteAsync(
            $"""
            CREATE SCHEMA {schema};
            GRANT USAGE ON SCHEMA {schema} TO remanso;
            ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO remanso
            """
        );
        return bed;
    }

    public override bool HasNaN => true;

    public override string Quote(string identifier) => TableName.Quote(identifier, '"');

    public override string TypeOf(ColumnKind kind) =>
        kind switch
        {
            ColumnKind.Boolean => "boolean",
            ColumnKind.SmallInteger => "smallint",
            ColumnKind.PlainInteger => "integer",
            ColumnKind.LongInteger => "bigint",
            ColumnKind.Real => "real",
            ColumnKind.DoubleReal => "double precision",
            ColumnKind.Number => "numeric",
            ColumnKind.Uuid => "uuid",
            ColumnKind.Date => "date",
            ColumnKind.Time => "time",
            ColumnKind.Timestamp => "timestamp",
            ColumnKind.Moment => "timestamptz",
            ColumnKind.Duration => "interval",
            ColumnKind.Bytes => "bytea",
            _ => "text",
        };

    public override async ValueTask<object?> ExecuteAsync(string sql)
    {
        await using var command = _foreign.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await _provider.DisposeAsync();
        await _foreign.DisposeAsync();
    }
}
