using Remanso.Conformance.Tables;
using Remanso.Entries;
using Remanso.Sql.Tables;
using Xunit;

namespace Remanso.Stores.Tests.Tables;

/// <summary>What SQLite makes of tables that others declared.</summary>
public sealed class SqliteTableTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("code TEXT COLLATE NOCASE PRIMARY KEY, n INTEGER, v INTEGER", "compares by NOCASE")]
    [InlineData("code NUMERIC PRIMARY KEY, n INTEGER, v INTEGER", "the column code is declared NUMERIC")]
    [InlineData("code TEXT PRIMARY KEY, n INTEGER, v TEXT", "must be INTEGER")]
    public async Task A_table_in_which_keys_could_meet_is_refused(string columns, string expected)
    {
        await using var bed = new SqliteTableBed();
        await bed.ExecuteAsync($"CREATE TABLE codes ({columns})");

        var refusal = await Assert.ThrowsAsync<CacheConfigurationException>(async () => await Codes(bed).InitializeAsync(Cancellation));

        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("code TEXT NOT NULL, n INTEGER, v INTEGER, UNIQUE (code)")]
    [InlineData("code TEXT PRIMARY KEY, n INTEGER, v INTEGER) WITHOUT ROWID --")]
    [InlineData("code TEXT PRIMARY KEY, n INTEGER GENERATED ALWAYS AS (v + 1) VIRTUAL, v INTEGER", false)]
    public async Task Tables_of_other_makes_are_taken_if_they_can_be_written(string columns, bool taken = true)
    {
        await using var bed = new SqliteTableBed();
        await bed.ExecuteAsync($"CREATE TABLE codes ({columns}\n)".Replace("--\n)", string.Empty, StringComparison.Ordinal));
        var store = Codes(bed);

        if (!taken)
        {
            Assert.False((await Assert.ThrowsAsync<StoreException>(async () => await store.InitializeAsync(Cancellation))).IsTransient);
            return;
        }

        await store.InitializeAsync(Cancellation);
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("007")], Cancellation));
        Assert.Equal(1, (await store.LoadAsync(["007", "7"], Cancellation)).Single().Value);
    }

    [Fact]
    public async Task A_column_under_two_names_is_refused()
    {
        await using var bed = new SqliteTableBed();
        await bed.ExecuteAsync("CREATE TABLE codes (Code TEXT PRIMARY KEY, v INTEGER)");
        var store = bed.Provider.Create(
            "codes",
            new TableMappingBuilder<string, string>()
                .Named("codes")
                .Key("Code")
                .Column(value => value, "code")
                .Version("v")
                .AllowHardDeletes()
                .Build()
        );

        var refusal = await Assert.ThrowsAsync<CacheConfigurationException>(async () => await store.InitializeAsync(Cancellation));

        Assert.Contains("has two names for the column Code of the table codes: Code, code.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_partial_unique_index_is_no_key()
    {
        await using var bed = new SqliteTableBed();
        await bed.ExecuteAsync("CREATE TABLE codes (code TEXT, n INTEGER, v INTEGER)");
        await bed.ExecuteAsync("CREATE UNIQUE INDEX some ON codes (code) WHERE n > 0");

        Assert.Contains(
            "no unique index",
            (await Assert.ThrowsAsync<CacheConfigurationException>(async () => await Codes(bed).InitializeAsync(Cancellation))).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_load_finds_its_rows_by_the_index()
    {
        await using var bed = new SqliteTableBed();
        await bed.ExecuteAsync("CREATE TABLE orders (tenant TEXT, number INTEGER, total TEXT, v INTEGER, PRIMARY KEY (tenant, number))");
        var plan = new TableMappingBuilder<OrderKey, decimal>()
            .Named("orders")
            .Key(k => k.Tenant, "tenant")
            .Key(k => k.Number, "number")
            .Column(t => t, "total")
            .Version("v")
            .AllowHardDeletes()
            .Build()
            .Plan;
        var columns = new[] { "tenant", "number", "total", "v" }.ToDictionary(
            static name => name,
            static name => new TableColumn(name, "TEXT", true, false)
        );
        var sql = new Sqlite.Tables.SqliteTableText(plan, new TableShape(columns, [])).Load.Replace(
            Sqlite.Tables.SqliteTableText.Keys,
            "'[[\"a\",1]]'",
            StringComparison.Ordinal
        );

        Assert.Contains("(tenant=? AND number=?)", await bed.PlanAsync(sql), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_table_that_is_wrong_when_the_store_first_works_is_no_fault_of_the_entries()
    {
        await using var bed = new SqliteTableBed();
        var store = Codes(bed);

        Assert.True((await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Write("a")], Cancellation))).IsTransient);

        await bed.ExecuteAsync("CREATE TABLE codes (code TEXT PRIMARY KEY, n INTEGER, v INTEGER)");
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("a")], Cancellation));
    }

    [Theory]
    [InlineData("DECIMAL(38, 18)", "123456789.012345", true)]
    [InlineData("DECIMAL(38, 18)", "1.234567890123456789", false)]
    [InlineData("INTEGER", "18446744073709551615", false)]
    [InlineData("REAL", "79228162514264337593543950335", false)]
    [InlineData("TEXT", "1.234567890123456789", true)]
    public async Task A_number_is_kept_with_all_its_digits_or_refused(string type, string digits, bool isKept)
    {
        await using var bed = new SqliteTableBed();
        await bed.ExecuteAsync($"CREATE TABLE sums (id TEXT PRIMARY KEY, n {type}, v INTEGER)");
        var mapping = new TableMappingBuilder<string, decimal>()
            .Named("sums")
            .Key("id")
            .Column(n => n, "n")
            .Version("v")
            .AllowHardDeletes();
        var store = bed.Provider.Create("sums", mapping.Build());
        await store.InitializeAsync(Cancellation);
        var number = decimal.Parse(digits, System.Globalization.CultureInfo.InvariantCulture);
        var write = new StoreWrite<string, decimal>
        {
            Key = "k",
            Value = number,
            Version = 1,
            ExpiresAt = CacheEntry.Never,
        };

        if (isKept)
        {
            await store.SaveAsync([write], Cancellation);
            Assert.Equal(number, Assert.Single(await store.LoadAsync(["k"], Cancellation)).Value);
            return;
        }

        var refusal = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([write], Cancellation));
        Assert.True(refusal is { IsTransient: false, BlamesRow: true });
    }

    private static IBackingStore<string, int> Codes(SqliteTableBed bed) =>
        bed.Provider.Create(
            "codes",
            new TableMappingBuilder<string, int>().Named("codes").Key("code").Column(n => n, "n").Version("v").AllowHardDeletes().Build()
        );

    private static StoreWrite<string, int> Write(string key) =>
        new()
        {
            Key = key,
            Value = 1,
            Version = 1,
            ExpiresAt = CacheEntry.Never,
        };
}
