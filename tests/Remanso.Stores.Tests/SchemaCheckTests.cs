using Remanso.Conformance.Servers;
using Remanso.Conformance.Stores.Servers;
using Remanso.Conformance.Support;
using Remanso.MySql;
using Remanso.Postgres;
using Remanso.Sql;
using Remanso.Sqlite;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>A default table or history that can't hold what is written stops the start, which prints the statements that mend it.</summary>
public sealed class SchemaCheckTests(PostgresServer postgres, MariaDbServer mariaDb)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ALTER TABLE {0} ALTER COLUMN value TYPE text USING encode(value, 'escape')", "value is text and must be bytea", false)]
    [InlineData("ALTER TABLE {0} DROP CONSTRAINT {0}_pkey", "no unique key of (cache, key) alone", false)]
    [InlineData("ALTER TABLE {0} ADD COLUMN owner text NOT NULL", "owner is not written", false)]
    [InlineData("ALTER TABLE {0} ALTER COLUMN version TYPE integer", "version is integer and must be bigint", false)]
    [InlineData("ALTER TABLE {0} ALTER COLUMN content_type SET NOT NULL", "content_type must take NULL", false)]
    [InlineData("ALTER TABLE {0} ALTER COLUMN key TYPE varchar(255)", "key is character varying(255) and must be text", false)]
    [InlineData("ALTER TABLE {0} DROP COLUMN gone_at", "no column gone_at", false)]
    [InlineData("ALTER TABLE {0} ALTER COLUMN gone_at DROP EXPRESSION", "gone_at is bigint and must be bigint GENERATED", false)]
    [InlineData(
        "ALTER TABLE {0}_history ALTER COLUMN value TYPE text USING encode(value, 'escape')",
        "value is text and must be bytea",
        true
    )]
    [InlineData("ALTER TABLE {0}_history DROP CONSTRAINT {0}_history_pkey", "no unique key of (cache, key, version) alone", true)]
    [InlineData("ALTER TABLE {0}_history ADD COLUMN owner text NOT NULL", "owner is not written", true)]
    public async Task A_table_of_PostgreSQL_that_does_not_fit_is_refused_and_mended(string change, string fault, bool isHistory)
    {
        await using var bed = new PostgresTestBed(postgres);
        await RefusesAndMendsAsync(bed, change, fault, isHistory);
    }

    [Theory]
    [InlineData("ALTER TABLE {0} MODIFY value LONGTEXT", "value is longtext and must be LONGBLOB", false)]
    [InlineData("ALTER TABLE {0} ADD COLUMN owner INT NOT NULL", "owner is not written", false)]
    [InlineData("ALTER TABLE {0} MODIFY version INT NOT NULL", "version is int and must be BIGINT", false)]
    [InlineData("ALTER TABLE {0} MODIFY content_type BLOB NOT NULL", "content_type must take NULL", false)]
    [InlineData("ALTER TABLE {0} DROP COLUMN gone_at", "no column gone_at", false)]
    [InlineData("ALTER TABLE {0} DROP COLUMN gone_at, ADD COLUMN gone_at BIGINT", "gone_at is bigint and must be BIGINT AS", false)]
    [InlineData("ALTER TABLE {0}_history MODIFY value LONGTEXT", "value is longtext and must be LONGBLOB", true)]
    [InlineData("ALTER TABLE {0}_history ADD COLUMN owner INT NOT NULL", "owner is not written", true)]
    public async Task A_table_of_MariaDb_that_does_not_fit_is_refused_and_mended(string change, string fault, bool isHistory)
    {
        await using var bed = new MySqlTestBed(mariaDb);
        await RefusesAndMendsAsync(bed, change, fault, isHistory);
    }

    [Theory]
    [InlineData("value BLOB", "value TEXT", "value is TEXT and must be BLOB", false)]
    [InlineData("value BLOB", "value TEXT", "value is TEXT and must be BLOB", true)]
    [InlineData(", PRIMARY KEY (cache, key)", "", "no unique key of (cache, key) alone", false)]
    [InlineData(", PRIMARY KEY (cache, key)", "", "no unique key of (cache, key, version) alone", true)]
    [InlineData("value BLOB", "value BLOB, owner TEXT NOT NULL", "owner is not written", false)]
    [InlineData("value BLOB", "value BLOB, owner TEXT NOT NULL", "owner is not written", true)]
    [InlineData("version INTEGER", "version TEXT", "version is TEXT and must be INTEGER", false)]
    [InlineData("key TEXT NOT NULL", "key TEXT NOT NULL COLLATE NOCASE", "key is TEXT and must be TEXT", false)]
    public async Task A_table_of_SQLite_that_does_not_fit_is_refused(string part, string change, string fault, bool isHistory)
    {
        const string Columns =
            "(cache TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, deleted INTEGER NOT NULL, expires_at "
            + "INTEGER, updated_at INTEGER NOT NULL, content_type TEXT, value BLOB, PRIMARY KEY (cache, key))";
        var columns = Columns.Replace(part, change, StringComparison.Ordinal);
        var folder = Directory.CreateTempSubdirectory("remanso-schema-");
        try
        {
            var path = Path.Combine(folder.FullName, "store.db");
            await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=false"))
            {
                await connection.OpenAsync(Cancellation);
                await using var command = connection.CreateCommand();
                command.CommandText = isHistory
                    ? "CREATE TABLE cache_data_history "
                        + $"{columns.Replace("(cache, key)", "(cache, key, version)", StringComparison.Ordinal)}"
                    : $"CREATE TABLE cache_data {columns}";
                await command.ExecuteNonQueryAsync(Cancellation);
            }

            await using var provider = new SqliteStoreProvider(SqliteAddress.Parse(path));
            var exception = await Assert.ThrowsAsync<StoreException>(async () =>
                await StoreOf(provider, isHistory).InitializeAsync(Cancellation)
            );
            Assert.False(exception.IsTransient);
            Assert.Contains(fault, exception.Message, StringComparison.Ordinal);
            Assert.Contains("This mends it: ", exception.Message, StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task A_table_of_PostgreSQL_without_the_index_of_purges_is_told_of_with_its_cure()
    {
        await using var bed = new PostgresTestBed(postgres);
        var options = new PostgresStoreOptions { Table = SqlTableName.Parse(bed.Table) };
        await TellsOfTheIndexAsync(bed, $"DROP INDEX {bed.Table}_gone", log => new PostgresStoreProvider(
            PostgresAddress.Parse(postgres.RoleConnectionString),
            options,
            logger: log
        ));
    }

    [Fact]
    public async Task A_table_of_MariaDb_without_the_index_of_purges_is_told_of_with_its_cure()
    {
        await using var bed = new MySqlTestBed(mariaDb);
        var options = new MySqlStoreOptions { Table = SqlTableName.Parse(bed.Table) };
        await TellsOfTheIndexAsync(bed, $"ALTER TABLE {bed.Table} DROP KEY gone", log => new MySqlStoreProvider(
            MySqlAddress.Parse(mariaDb.AccountUrl),
            options: options,
            logger: log
        ));
    }

    private static async Task TellsOfTheIndexAsync(ServerTestBed bed, string drop, Func<RecordingLog, IStoreProvider> open)
    {
        await bed.Provider.Create("default").InitializeAsync(Cancellation);
        await bed.ExecuteAsync(drop);

        var line = Assert.Single(await StartAsync());
        Assert.Contains("has no index on gone_at", line, StringComparison.Ordinal);

        // What is printed works as it is; but with CONCURRENTLY it would wait for the transactions of other tests.
        var cure = line[(line.IndexOf("This mends it: ", StringComparison.Ordinal) + "This mends it: ".Length)..];
        await bed.ExecuteAsync(cure.Replace(" CONCURRENTLY", string.Empty, StringComparison.Ordinal));
        Assert.Empty(await StartAsync());

        // Of two caches, for the table is one.
        async Task<string[]> StartAsync()
        {
            using var log = new RecordingLog();
            await using var provider = open(log);
            await provider.Create("default").InitializeAsync(Cancellation);
            await provider.Create("other").InitializeAsync(Cancellation);
            return [.. log.Lines];
        }
    }

    private static async Task RefusesAndMendsAsync(ServerTestBed bed, string change, string fault, bool isHistory)
    {
        await StoreOf(bed.Provider, isHistory).InitializeAsync(Cancellation);
        await bed.ExecuteAsync(change.Replace("{0}", bed.Table, StringComparison.Ordinal));

        var store = StoreOf(bed.AnotherProcess(), isHistory);
        var exception = await Assert.ThrowsAsync<StoreException>(async () => await store.InitializeAsync(Cancellation));
        Assert.False(exception.IsTransient);
        Assert.Contains(fault, exception.Message, StringComparison.Ordinal);

        // What is printed works as it is.
        await bed.ExecuteAsync(exception.Message[exception.Message.IndexOf("ALTER TABLE", StringComparison.Ordinal)..]);
        await store.InitializeAsync(Cancellation);
    }

    private static IBackingStore<string, ReadOnlyMemory<byte>> StoreOf(IStoreProvider provider, bool isHistory) =>
        isHistory ? ((IHistoryStore)provider.Create("default")).WithHistory() : provider.Create("default");
}
