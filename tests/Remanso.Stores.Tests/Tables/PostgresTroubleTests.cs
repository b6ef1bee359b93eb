using System.Globalization;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.Conformance.Tables;
using Remanso.Entries;
using Remanso.Postgres;
using Remanso.Sql.Tables;
using Remanso.Stores;
using Remanso.Telemetry;
using Xunit;

namespace Remanso.Stores.Tests.Tables;

/// <summary>Tables in PostgreSQL that others change while the process runs, and rows that it can't write or read.</summary>
public sealed class PostgresTroubleTests(PostgresServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_lone_write_waits_for_a_unique_key_that_somebody_dropped()
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE TABLE things (id int PRIMARY KEY, x text, v bigint)");
        var store = Things<string>(bed.Provider);
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Thing(1, "a")], Cancellation);
        await bed.ExecuteAsync("ALTER TABLE things DROP CONSTRAINT things_pkey");

        for (var i = 0; i < 2; i++)
        {
            var error = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Thing(1, "b", 2)], Cancellation));
            Assert.True(error.IsTransient, error.Message);
            Assert.Contains("42P10", error.Message, StringComparison.Ordinal);
            Assert.Equal("a", Assert.Single(await store.LoadAsync([1], Cancellation)).Value);
        }

        await bed.ExecuteAsync("ALTER TABLE things ADD PRIMARY KEY (id)");
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Thing(1, "b", 2)], Cancellation));
    }

    [Fact]
    public async Task A_column_whose_type_somebody_changed_is_written_after_one_failure()
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE TABLE things (id int PRIMARY KEY, x text, v bigint)");
        var store = Things<string>(bed.Provider);
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Thing(1, "7")], Cancellation);
        await bed.ExecuteAsync("ALTER TABLE things ALTER COLUMN x TYPE integer USING x::integer");

        var error = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Thing(1, "8", 2)], Cancellation));

        Assert.True(error.IsTransient, error.Message);
        Assert.Contains("42804", error.Message, StringComparison.Ordinal);
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Thing(1, "8", 2)], Cancellation));
        Assert.Equal(8, await bed.ExecuteAsync("SELECT x FROM things"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_row_that_a_policy_forbids_is_at_fault_itself(bool isThere)
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync(
            """
            CREATE TABLE things (id int PRIMARY KEY, x text, v bigint);
            ALTER TABLE things ENABLE ROW LEVEL SECURITY;
            CREATE POLICY ours ON things USING (true) WITH CHECK (x <> 'theirs')
            """
        );
        var store = Things<string>(bed.Provider);
        await store.InitializeAsync(Cancellation);
        if (isThere)
        {
            await store.SaveAsync([Thing(1, "ours")], Cancellation);
        }

        var error = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Thing(1, "theirs", 2)], Cancellation));

        Assert.Equal((false, true), (error.IsTransient, error.BlamesRow));
        Assert.Contains("42501", error.Message, StringComparison.Ordinal);

        await bed.ExecuteAsync("REVOKE INSERT ON things FROM remanso");
        error = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Thing(1, "ours", 2)], Cancellation));
        Assert.True(error.IsTransient, error.Message);
    }

    [Theory]
    [InlineData("numeric", "'NaN'", typeof(decimal))]
    [InlineData("numeric", "1e40", typeof(decimal))]
    [InlineData("timestamp", "'20000-01-01'", typeof(DateTime))]
    [InlineData("timestamptz", "'0044-03-15 BC'", typeof(DateTimeOffset))]
    [InlineData("date", "'20000-01-01'", typeof(DateOnly))]
    [InlineData("interval", "'1 month'", typeof(TimeSpan))]
    public async Task A_row_that_can_not_be_held_names_its_key_its_table_and_its_column(string type, string value, Type member)
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync($"CREATE TABLE things (id int PRIMARY KEY, x {type}, v bigint)");
        await bed.ExecuteAsync($"INSERT INTO things VALUES (7, {value}, 1), (8, NULL, 1)");

        var error =
            member == typeof(decimal) ? await LoadAsync<decimal?>()
            : member == typeof(DateTime) ? await LoadAsync<DateTime?>()
            : member == typeof(DateTimeOffset) ? await LoadAsync<DateTimeOffset?>()
            : member == typeof(DateOnly) ? await LoadAsync<DateOnly?>()
            : await LoadAsync<TimeSpan?>();

        Assert.Equal((false, true), (error.IsTransient, error.BlamesRow));
        Assert.StartsWith(
            string.Create(CultureInfo.InvariantCulture, $"The row of key {new HashedKey("7")} in the table things can't be read: "),
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Contains("column 'x'", error.Message, StringComparison.Ordinal);

        async Task<StoreException> LoadAsync<TValue>()
        {
            var store = Things<TValue>(bed.Provider);
            await store.InitializeAsync(Cancellation);
            Assert.Null(Assert.Single(await store.LoadAsync([8], Cancellation)).Value);
            return await Assert.ThrowsAsync<StoreException>(async () => await store.LoadAsync([7], Cancellation));
        }
    }

    [Fact]
    public async Task A_text_with_the_character_nul_is_refused_before_it_is_accepted()
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE TABLE things (id int PRIMARY KEY, x text, v bigint)");
        var store = Things<string>(bed.Provider);
        await store.InitializeAsync(Cancellation);

        Assert.Contains("NUL", store.WhyRefused(Thing(1, "a\0b")), StringComparison.Ordinal);
        Assert.Null(store.WhyRefused(Thing(1, "ab")));
    }

    [Theory]
    [InlineData("CREATE UNLOGGED TABLE things (id int PRIMARY KEY, x text, v bigint)", "things")]
    [InlineData(
        "CREATE TABLE things (id int PRIMARY KEY, x text, v bigint) PARTITION BY HASH (id); "
            + "CREATE UNLOGGED TABLE half PARTITION OF things FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
        "half"
    )]
    public async Task A_table_that_a_crash_empties_is_named_at_the_start_once(string create, string table)
    {
        await using var bed = await PostgresTableBed.CreateAsync(server);
        await bed.ExecuteAsync(create);
        var schema = await bed.ExecuteAsync("SELECT current_schema()::text");
        using var log = new RecordingLog();
        await using var provider = new PostgresStoreProvider(
            PostgresAddress.Parse($"{server.RoleConnectionString};Search Path={schema}"),
            logger: log
        );

        await Things<string>(provider).InitializeAsync(Cancellation);
        await Things<string>(provider).InitializeAsync(Cancellation);

        Assert.StartsWith($"{table} of ", Assert.Single(log.Lines), StringComparison.Ordinal);
        Assert.Contains($"ALTER TABLE {table} SET LOGGED", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_default_table_is_named_too_where_somebody_made_it_so()
    {
        await using var bed = new PostgresTestBed(server);
        await bed.Provider.Create("default").InitializeAsync(Cancellation);
        using var log = new RecordingLog();
        await using var provider = new PostgresStoreProvider(
            PostgresAddress.Parse(server.RoleConnectionString),
            new PostgresStoreOptions { Table = SqlTableName.Parse(bed.Table) },
            logger: log
        );
        await provider.Create("default").InitializeAsync(Cancellation);
        Assert.Empty(log.Lines);

        await bed.ScalarAsync($"ALTER TABLE {bed.Table} SET UNLOGGED");
        await provider.Create("default").InitializeAsync(Cancellation);

        Assert.Contains("is UNLOGGED", Assert.Single(log.Lines), StringComparison.Ordinal);
    }

    private static IBackingStore<int, TValue> Things<TValue>(ITableStoreProvider provider) =>
        provider.Create(
            "things",
            new TableMappingBuilder<int, TValue>()
                .Named("things")
                .Key("id")
                .Column(static x => x, "x")
                .Version("v")
                .AllowHardDeletes()
                .Build()
        );

    private static StoreWrite<int, string> Thing(int id, string x, long version = 1) =>
        new()
        {
            Key = id,
            Value = x,
            Version = version,
            ExpiresAt = CacheEntry.Never,
        };
}
