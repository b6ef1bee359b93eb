using System.Data.Common;
using MySql.Data.MySqlClient;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Tables;
using Remanso.MySql;
using Remanso.Sql.Tables;

namespace Remanso.Stores.Tests.Tables;

/// <summary>A database of its own, for mapped tables, in a MariaDB server that the tests share. They are the
/// superuser's, and granted to the account of the deployment's file.</summary>
internal sealed class MySqlTableBed : TableTestBed
{
    private readonly string _database = $"t{Guid.NewGuid():N}";
    private readonly MariaDbServer _server;
    private readonly DbDataSource _foreign;
    private readonly MySqlStoreProvider _provider;

    private MySqlTableBed(MariaDbServer server)
    {
        _server = server;
        _foreign = MySqlTestBed.Connect(server, "pooling=false");
        _provider = (MySqlStoreProvider)AnotherProcess();
    }

    public override ITableStoreProvider Provider => _provider;

    /// <summary>The database's address.</summary>
    public string Url => $"{_server.AccountUrl[..^"remanso".Length]}{_database}";

    public static async ValueTask<TableTestBed> CreateAsync(MariaDbServer server) => await CreateBedAsync(server);

    public static async ValueTask<MySqlTableBed> CreateBedAsync(MariaDbServer server)
    {
        var bed = new MySqlTableBed(server);
        await using var command = bed._foreign.CreateCommand(
            $"""
            CREATE DATABASE {bed._database} CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci;
            GRANT SELECT, INSERT, UPDATE, DELETE ON {bed._database}.* TO remanso
            """
        );
        await command.ExecuteNonQueryAsync();
        return bed;
    }

    /// <summary>Stores on connections of their own, as another process would have.</summary>
    public ITableStoreProvider AnotherProcess(string parameters = "") =>
        new MySqlStoreProvider(MySqlAddress.Parse($"{Url}?maximumpoolsize=8&{parameters}"), MySqlClientFactory.Instance);

    public override string Quote(string identifier) => TableName.Quote(identifier, '`');

    public override string TypeOf(ColumnKind kind) =>
        kind switch
        {
            ColumnKind.Boolean => "boolean",
            ColumnKind.SmallInteger => "smallint",
            ColumnKind.PlainInteger => "int",
            ColumnKind.LongInteger => "bigint",
            ColumnKind.Real => "float",
            ColumnKind.DoubleReal => "double",
            ColumnKind.Number => "decimal(38, 6)",
            ColumnKind.Uuid => "char(36)",
            ColumnKind.Date => "date",
            ColumnKind.Time => "time(6)",
            ColumnKind.Timestamp => "datetime(6)",
            ColumnKind.Moment => "datetime(6)",
            ColumnKind.Duration => "time(6)",
            ColumnKind.Bytes => "longblob",
            _ => "varchar(300) COLLATE utf8mb4_nopad_bin",
        };

    public override async ValueTask<object?> ExecuteAsync(string sql)
    {
        await using var connection = await _foreign.OpenConnectionAsync();
        await connection.ChangeDatabaseAsync(_database);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        return await command.ExecuteScalarAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        await ExecuteAsync($"DROP DATABASE {_database}");
        await _provider.DisposeAsync();
        await _foreign.DisposeAsync();
    }
}
