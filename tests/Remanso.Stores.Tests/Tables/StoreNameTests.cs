using System.Data.Common;
using Microsoft.Data.Sqlite;
using MySql.Data.MySqlClient;
using Npgsql;
using Remanso.MySql;
using Remanso.Postgres;
using Remanso.Sql.Tables;
using Remanso.Sqlite;
using Remanso.Sqlite.Tables;
using Remanso.Stores;
using Xunit;

namespace Remanso.Stores.Tests.Tables;

/// <summary>What the stores of tables tell of the database that they are in: the same as the default store there.</summary>
public sealed class StoreNameTests
{
    private static readonly TableMapping<int, string> _mapping = new TableMappingBuilder<int, string>()
        .Named("notes")
        .Key("id")
        .Column(static note => note, "note")
        .Version("v")
        .AllowHardDeletes()
        .Build();

    [Fact]
    public async Task A_mapped_table_is_known_by_its_database()
    {
        await using ITableStoreProvider sqlite = new SqliteStoreProvider(SqliteAddress.Parse("sqlite:/data/notes.db"));
        await using ITableStoreProvider postgres = new PostgresStoreProvider(PostgresAddress.Parse("postgres://u:secret@a/notes"));
        await using ITableStoreProvider mySql = new MySqlStoreProvider(
            MySqlAddress.Parse("mysql://u:secret@a/notes"),
            MySqlClientFactory.Instance
        );

        Assert.Equal(
            ["sqlite:/data/notes.db", "postgres://a:5432/notes", "mysql://a:3306/notes"],
            new[] { sqlite, postgres, mySql }.Select(static tables => ((IStoreIdentity)tables.Create("c", _mapping)).Identity)
        );
        Assert.All([sqlite, postgres, mySql], static tables => Assert.Equal(tables.Description, tables.Identity));
    }

    [Fact]
    public async Task Connections_of_others_that_do_not_say_where_they_lead_have_no_name()
    {
        await using var source = new NamelessSource();
        await using IStoreProvider stores = new MySqlStoreProvider(source);

        Assert.Equal(("mysql://?:3306", null), (stores.Description, stores.Identity));
    }

    [Fact]
    public async Task The_connections_of_a_context_tell_where_they_lead_without_user_and_password()
    {
        await using var sqlite = new SqliteConnection("Data Source=/data/notes.db;Pooling=False");
        await using var postgres = new NpgsqlConnection("Host=a;Username=u;Password=secret;Database=notes");
        await using var mySql = new MySqlConnection("Server=a;User ID=u;Password=secret;Database=notes");

        Assert.Equal("sqlite:/data/notes.db", Identify(sqlite));
        Assert.Equal("postgres://a:5432/notes", Identify(postgres));
        Assert.Equal("mysql://a:3306/notes", Identify(mySql));
    }

    [Fact]
    public async Task A_connection_that_gets_its_address_as_it_is_opened_has_no_name()
    {
        await using var sqlite = new SqliteConnection();
        await using var postgres = new NpgsqlConnection();
        await using var mySql = new MySqlConnection();

        Assert.All([sqlite, postgres, mySql], static (DbConnection connection) => Assert.Null(Identify(connection)));
    }

    private static string? Identify(DbConnection connection)
    {
        var time = TimeProvider.System;
        ITableDialect[] dialects =
        [
            new SqliteTableDialect(address: null),
            new Postgres.Tables.PostgresTableDialect(
                "it",
                new PostgresPreparation(isWanted: true, "it", Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance),
                new Sql.PoolReset(isOurs: false, time),
                Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance
            ),
            new MySql.Tables.MySqlTableDialect("it", blocksThread: true, time, new Sql.PoolReset(isOurs: false, time)),
        ];
        return Assert.Single(dialects, dialect => dialect.Speaks(connection)).Identify(connection);
    }

    private sealed class NamelessSource : DbDataSource
    {
        public override string ConnectionString => string.Empty;

        protected override DbConnection CreateDbConnection() => new MySqlConnection();
    }
}
