using Remanso.Conformance.Servers;
using Remanso.Conformance.Tables;
using Remanso.Entries;
using Remanso.Sql.Tables;
using Remanso.Sqlite;
using Remanso.Stores.Tests.Tables;
using Remanso.Telemetry;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>A trigger that counts versions by itself is refused at first sight, before anything is stored under it.</summary>
public sealed class VersionTriggerTests(PostgresServer postgres, MariaDbServer mariaDb)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_default_table_of_SQLite()
    {
        var folder = Directory.CreateTempSubdirectory("remanso-trigger-");
        try
        {
            var path = Path.Combine(folder.FullName, "store.db");
            await using var provider = new SqliteStoreProvider(SqliteAddress.Parse(path));
            var store = provider.Create("default");
            await store.InitializeAsync(Cancellation);
            await store.SaveAsync([Write(10)], Cancellation);
            await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=false"))
            {
                await connection.OpenAsync(Cancellation);
                await using var command = connection.CreateCommand();
                command.CommandText =
                    "CREATE TRIGGER counts AFTER UPDATE OF value ON cache_data BEGIN UPDATE cache_data SET version = "
                    + "OLD.version + 1 WHERE cache = NEW.cache AND key = NEW.key; END";
                await command.ExecuteNonQueryAsync(Cancellation);
            }

            await RefusesAsync(store);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task The_default_table_of_MariaDb()
    {
        await using var bed = new MySqlTestBed(mariaDb);
        var store = bed.Provider.Create("default");
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Write(10)], Cancellation);
        await bed.ExecuteAsync(
            $"CREATE TRIGGER counts_{bed.Table} BEFORE UPDATE ON {bed.Table} FOR EACH ROW SET NEW.version = OLD.version + 1"
        );

        var other = bed.AnotherProcess().Create("default");
        await other.InitializeAsync(Cancellation);
        await RefusesAsync(other);
    }

    [Fact]
    public async Task A_table_of_the_users_in_PostgreSQL()
    {
        await using var bed = await PostgresTableBed.CreateAsync(postgres);
        await RefusesOrderAsync(
            bed,
            """
            CREATE FUNCTION counts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.row_version := OLD.row_version + 1; RETURN NEW; END $$;
            CREATE TRIGGER counts BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION counts();
            """
        );
    }

    [Fact]
    public async Task A_table_of_the_users_in_PostgreSQL_whose_trigger_runs_after_the_statement()
    {
        await using var bed = await PostgresTableBed.CreateAsync(postgres);
        await RefusesOrderAsync(
            bed,
            """
            CREATE FUNCTION counts() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                UPDATE orders SET row_version = OLD.row_version + 1 WHERE tenant = NEW.tenant AND number = NEW.number;
                RETURN NULL; END $$;
            CREATE TRIGGER counts AFTER UPDATE ON orders FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION counts();
            """
        );
    }

    [Fact]
    public async Task The_default_table_of_PostgreSQL_whose_trigger_runs_after_the_statement()
    {
        await using var bed = new PostgresTestBed(postgres);
        var store = bed.Provider.Create("default");
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Write(10)], Cancellation);
        await bed.ExecuteAsync(
            $"""
            CREATE FUNCTION counts_{bed.Table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                UPDATE {bed.Table} SET version = OLD.version + 1 WHERE cache = NEW.cache AND key = NEW.key; RETURN NULL; END $$;
            CREATE TRIGGER counts AFTER UPDATE ON {bed.Table} FOR EACH ROW WHEN (pg_trigger_depth() = 0)
                EXECUTE FUNCTION counts_{bed.Table}();
            """
        );

        await using var provider = bed.AnotherProcess();
        var other = provider.Create("default");
        await other.InitializeAsync(Cancellation);
        await RefusesAsync(other);
    }

    [Fact]
    public async Task A_table_of_the_users_in_MariaDb()
    {
        await using var bed = await MySqlTableBed.CreateAsync(mariaDb);
        await RefusesOrderAsync(
            bed,
            "CREATE TRIGGER counts BEFORE UPDATE ON orders FOR EACH ROW SET NEW.row_version = OLD.row_version + 1"
        );
    }

    [Fact]
    public async Task A_table_of_the_users_in_SQLite()
    {
        await using var bed = new SqliteTableBed();
        await RefusesOrderAsync(
            bed,
            "CREATE TRIGGER counts AFTER UPDATE OF customer ON orders BEGIN UPDATE orders SET row_version = OLD.row_version "
                + "+ 1 WHERE tenant = NEW.tenant AND number = NEW.number; END"
        );
    }

    private static async Task RefusesOrderAsync(TableTestBed bed, string trigger)
    {
        await bed.ExecuteAsync(
            $"""
            CREATE TABLE orders (
                tenant {bed.TypeOf(ColumnKind.Text)} NOT NULL, number {bed.TypeOf(ColumnKind.PlainInteger)} NOT NULL,
                customer {bed.TypeOf(ColumnKind.Text)} NOT NULL, total {bed.TypeOf(ColumnKind.Number)} NOT NULL,
                state {bed.TypeOf(ColumnKind.Text)} NOT NULL, note {bed.TypeOf(ColumnKind.Text)}, row_version {bed.TypeOf(
                ColumnKind.LongInteger
            )}, PRIMARY KEY (tenant, number))
            """
        );
        await bed.ExecuteAsync(
            "INSERT INTO orders (tenant, number, customer, total, state, row_version) VALUES ('a', 1, 'Alice', 10, 'New', 10)"
        );
        await bed.ExecuteAsync(trigger);
        var mapping = new TableMappingBuilder<OrderKey, Order>()
            .Named("orders")
            .Key(key => key.Tenant, "tenant")
            .Key(key => key.Number, "number")
            .Column(order => order.Customer, "customer")
            .Column(order => order.Total, "total")
            .ColumnAsText(order => order.State, "state")
            .Column(order => order.Note, "note")
            .Version("row_version")
            .AllowHardDeletes()
            .Build();
        var store = bed.Provider.Create("orders", mapping);
        await store.InitializeAsync(Cancellation);

        for (var i = 0; i < 2; i++)
        {
            var exception = await Assert.ThrowsAsync<StoreException>(async () =>
                await store.SaveAsync(
                    [
                        new()
                        {
                            Key = new OrderKey("a", 1),
                            Value = new Order("Bob", 20),
                            Version = 20,
                            ExpiresAt = CacheEntry.Never,
                        },
                    ],
                    Cancellation
                )
            );
            Assert.Contains("changes versions", exception.Message, StringComparison.Ordinal);
        }

        Assert.Equal("Alice", await bed.ExecuteAsync("SELECT customer FROM orders"));
    }

    private static async Task RefusesAsync(IBackingStore<string, ReadOnlyMemory<byte>> store)
    {
        for (var i = 0; i < 2; i++)
        {
            var exception = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Write(20)], Cancellation));
            Assert.True(exception.IsTransient);
            // It gets into logs, which have no keys.
            Assert.Contains($"of the key {new HashedKey("k")} ", exception.Message, StringComparison.Ordinal);
        }

        Assert.Equal(10, Assert.Single(await store.LoadAsync(["k"], Cancellation)).Version);
    }

    private static StoreWrite<string, ReadOnlyMemory<byte>> Write(long version) =>
        new()
        {
            Key = "k",
            Version = version,
            Value = BitConverter.GetBytes(version),
            ExpiresAt = CacheEntry.Never,
        };
}
