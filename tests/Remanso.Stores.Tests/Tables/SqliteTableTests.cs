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
            var refusal = await Assert.ThrowsAsync<CacheConfigurationException>(async () => await store.InitializeAsync(Cancellation));
            Assert.Equal(
                "The table codes of the cache 'codes' can't be used: the column n is generated, so it can't be written.",
                refusal.Message
            );
            return;
        }

        await store.InitializeAsync(Cancellation);
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("007")], Cancellation));
        Assert.Equal(1, (await store.LoadAsync(["007", "7"], Cancellation)).Single().Value);
    }

    [Theory]
    [InlineData("code TEXT PRIMARY KEY, n INTEGER, v INTEGER); CREATE UNIQUE INDEX loose ON codes (code COLLATE NOCASE")]
    [InlineData(
        "code TEXT, n INTEGER, v INTEGER); CREATE UNIQUE INDEX loose ON codes (code COLLATE NOCASE); CREATE UNIQUE INDEX e ON codes (code"
    )]
    public async Task A_second_unique_index_by_which_two_keys_are_one_refuses_the_second(string columns)
    {
        await using var bed = new SqliteTableBed();
        await bed.ExecuteAsync($"CREATE TABLE codes ({columns})");
        await bed.ExecuteAsync("INSERT INTO codes VALUES ('Bob', 7, 0)");
        var store = Codes(bed);
        await store.InitializeAsync(Cancellation);

        var refused = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Write("bob")], Cancellation));

        Assert.Equal((false, true), (refused.IsTransient, refused.BlamesRow));
        Assert.Equal("Bob 7 0", await bed.ExecuteAsync("SELECT group_concat(code || ' ' || n || ' ' || v) FROM codes"));
        Assert.Equal([SaveOutcome.Applied, SaveOutcome.Applied], await store.SaveAsync([Write("Ann"), Write("Bob")], Cancellation));
    }

    [Fact]
    public async Task A_key_is_compared_as_its_unique_index_does_and_not_as_its_column()
    {
        await using var bed = new SqliteTableBed();
        await bed.ExecuteAsync("CREATE TABLE codes (code TEXT COLLATE NOCASE, n INTEGER, v INTEGER)");
        await bed.ExecuteAsync("CREATE UNIQUE INDEX exact ON codes (code COLLATE BINARY)");
        await bed.ExecuteAsync("INSERT INTO codes VALUES ('Bob', 7, 0)");
        var store = Codes(bed);
        await store.InitializeAsync(Cancellation);

        Assert.Empty(await store.LoadAsync(["bob"], Cancellation));
        await store.SaveAsync([Write("bob") with { Deleted = true, Value = 0 }], Cancellation);
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("BOB")], Cancellation));

        Assert.Equal("Bob 7 0,BOB 1 1", await bed.ExecuteAsync("SELECT group_concat(code || ' ' || n || ' ' || v) FROM codes"));
    }

    [Fact]
    public async Task A_number_or_a_flag_over_a_column_of_texts_is_refused()
    {
        await RefusesAsync(default(int), "INTEGER");
        await RefusesAsync(default(bool), "INTEGER");
        await RefusesAsync(default(OrderState), "INTEGER");
        await RefusesAsync(default(double), "REAL");

        static async Task RefusesAsync<TValue>(TValue _, string type)
        {
            await using var bed = new SqliteTableBed();
            await bed.ExecuteAsync("CREATE TABLE sums (id INTEGER PRIMARY KEY, n VARCHAR(20), v INTEGER)");
            var refusal = await Assert.ThrowsAsync<CacheConfigurationException>(async () =>
                await Sums<TValue>(bed).InitializeAsync(Cancellation)
            );
            Assert.Contains(
                $"the column n is declared VARCHAR(20), and a text that is no number would be read as 0; it must be {type}",
                refusal.Message,
                StringComparison.Ordinal
            );
        }
    }

    [Theory]
    [InlineData("INTEGER", "'abc'", false)]
    [InlineData("INTEGER", "1.5", false)]
    [InlineData("INTEGER", "1e300", false)]
    [InlineData("INTEGER", "x'31'", false)]
    [InlineData("REAL", "2.0", true)]
    [InlineData("", "'2'", true)]
    [InlineData("", "'2x'", false)]
    public async Task What_is_no_whole_number_is_an_error_of_its_row_and_not_0(string type, string stored, bool isRead)
    {
        await using var bed = new SqliteTableBed();
        await bed.ExecuteAsync($"CREATE TABLE sums (id INTEGER PRIMARY KEY, n {type}, v INTEGER)");
        await bed.ExecuteAsync($"INSERT INTO sums VALUES (1, {stored}, 0)");
        var store = Sums<int>(bed);
        await store.InitializeAsync(Cancellation);

        if (isRead)
        {
            Assert.Equal(2, Assert.Single(await store.LoadAsync([1], Cancellation)).Value);
            return;
        }

        await AssertBadAsync(store);
        await AssertBadAsync(Sums<bool>(bed));
    }

    [Fact]
    public async Task A_text_that_is_no_number_is_no_real_and_no_mark_of_a_deletion()
    {
        await using var bed = new SqliteTableBed();
        await bed.ExecuteAsync("CREATE TABLE sums (id INTEGER PRIMARY KEY, n REAL, v INTEGER, gone BOOLEAN)");
        await bed.ExecuteAsync("INSERT INTO sums VALUES (1, 'abc', 0, 0)");
        await AssertBadAsync(Sums<double>(bed));

        await bed.ExecuteAsync("UPDATE sums SET n = 2, gone = 'f'");
        Assert.Equal(2, Assert.Single(await Sums<double>(bed).LoadAsync([1], Cancellation)).Value);
        await AssertBadAsync(Sums<double>(bed, "gone"));

        await bed.ExecuteAsync("UPDATE sums SET gone = 1");
        Assert.True(Assert.Single(await Sums<double>(bed, "gone").LoadAsync([1], Cancellation)).Deleted);
    }

    [Theory]
    [InlineData("INTEGER", "'soon'")]
    [InlineData("DATETIME", "'soon'")]
    public async Task An_end_of_a_lifetime_that_is_none_is_an_error_of_its_row(string type, string ends)
    {
        await using var bed = new SqliteTableBed();
        await bed.ExecuteAsync($"CREATE TABLE sums (id INTEGER PRIMARY KEY, n INTEGER, v INTEGER, ends {type})");
        await bed.ExecuteAsync($"INSERT INTO sums VALUES (1, 2, 0, {ends})");
        var store = bed.Provider.Create(
            "sums",
            new TableMappingBuilder<int, int>()
                .Named("sums")
                .Key("id")
                .Column(n => n, "n")
                .Version("v")
                .Expiry("ends")
                .AllowHardDeletes()
                .Build()
        );

        await AssertBadAsync(store);
    }

    [Fact]
    public async Task A_table_called_as_SQLite_calls_the_new_row_keeps_the_guard()
    {
        await using var bed = new SqliteTableBed();
        await bed.ExecuteAsync("CREATE TABLE excluded (code TEXT PRIMARY KEY, n INTEGER, v INTEGER)");
        var store = bed.Provider.Create(
            "codes",
            new TableMappingBuilder<string, int>().Named("excluded").Key("code").Column(n => n, "n").Version("v").AllowHardDeletes().Build()
        );
        await store.InitializeAsync(Cancellation);

        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("a") with { Version = 1 }], Cancellation));
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("a") with { Version = 3 }], Cancellation));
        Assert.Equal([SaveOutcome.Superseded(3)], await store.SaveAsync([Write("a") with { Version = 2 }], Cancellation));
    }

    [Fact]
    public async Task What_is_stored_already_is_told_so_though_the_table_has_a_trigger()
    {
        await using var bed = new SqliteTableBed();
        await bed.ExecuteAsync(
            """
            CREATE TABLE codes (code TEXT PRIMARY KEY, n INTEGER, v INTEGER);
            CREATE TABLE audit (code TEXT);
            CREATE TRIGGER noted AFTER UPDATE ON codes BEGIN INSERT INTO audit VALUES (NEW.code); END;
            CREATE TRIGGER held BEFORE INSERT ON codes WHEN NEW.code = 'held' BEGIN SELECT RAISE(IGNORE); END
            """
        );
        var store = Codes(bed);
        await store.InitializeAsync(Cancellation);
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("a")], Cancellation));

        Assert.Equal([SaveOutcome.AlreadyStored], await store.SaveAsync([Write("a")], Cancellation));
        await bed.ExecuteAsync("UPDATE codes SET v = 9");
        Assert.Equal([SaveOutcome.Superseded(9)], await store.SaveAsync([Write("a")], Cancellation));
        var held = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Write("held")], Cancellation));
        Assert.Contains("not there after its save", held.Message, StringComparison.Ordinal);
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

    [Theory]
    [InlineData("REAL", false)]
    [InlineData("DOUBLE PRECISION", false)]
    [InlineData("INTEGER", true)]
    [InlineData("NUMERIC", true)]
    [InlineData("", true)]
    public async Task Two_long_keys_are_two_rows_or_refused_at_the_start(string type, bool isKept)
    {
        const long most = 1L << 53;
        await using var bed = new SqliteTableBed();
        await bed.ExecuteAsync($"CREATE TABLE sums (id {type} NOT NULL UNIQUE, n INTEGER, v INTEGER)");
        var store = Longs(bed);
        if (!isKept)
        {
            var refusal = await Assert.ThrowsAsync<CacheConfigurationException>(async () => await store.InitializeAsync(Cancellation));
            Assert.StartsWith(
                $"The table sums of the cache 'sums' can't be used: the key column id is declared {type}, which rounds",
                refusal.Message,
                StringComparison.Ordinal
            );
            return;
        }

        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Long(most, 1), Long(most + 1, 2)], Cancellation);

        Assert.Equal([1L, 2L], (await store.LoadAsync([most, most + 1], Cancellation)).OrderBy(row => row.Key).Select(row => row.Value));
    }

    [Theory]
    [InlineData((1L << 53) + 1, false)]
    [InlineData(-(1L << 53) - 1, false)]
    [InlineData(long.MaxValue, false)]
    [InlineData(long.MinValue, false)]
    [InlineData(1L << 53, true)]
    [InlineData(-(1L << 53), true)]
    public async Task A_long_is_kept_in_a_real_column_as_it_is_or_refused(long value, bool isKept)
    {
        await using var bed = new SqliteTableBed();
        await bed.ExecuteAsync("CREATE TABLE sums (id INTEGER PRIMARY KEY, n REAL, v INTEGER)");
        var store = Longs(bed);
        await store.InitializeAsync(Cancellation);

        if (!isKept)
        {
            Assert.Contains("the column n is REAL, which rounds", store.WhyRefused(Long(1, value)), StringComparison.Ordinal);
            var refusal = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Long(1, value)], Cancellation));
            Assert.True(refusal is { IsTransient: false, BlamesRow: true });
            return;
        }

        Assert.Null(store.WhyRefused(Long(1, value)));
        await store.SaveAsync([Long(1, value)], Cancellation);
        Assert.Equal(value, Assert.Single(await store.LoadAsync([1], Cancellation)).Value);
    }

    private static IBackingStore<long, long> Longs(SqliteTableBed bed) =>
        bed.Provider.Create(
            "sums",
            new TableMappingBuilder<long, long>().Named("sums").Key("id").Column(n => n, "n").Version("v").AllowHardDeletes().Build()
        );

    private static StoreWrite<long, long> Long(long key, long value) =>
        new()
        {
            Key = key,
            Value = value,
            Version = 1,
            ExpiresAt = CacheEntry.Never,
        };

    private static async Task AssertBadAsync<TValue>(IBackingStore<int, TValue> store)
    {
        var error = await Assert.ThrowsAsync<StoreException>(async () => await store.LoadAsync([1], Cancellation));
        Assert.Equal((false, true), (error.IsTransient, error.BlamesRow));
    }

    private static IBackingStore<int, TValue> Sums<TValue>(SqliteTableBed bed, string? gone = null)
    {
        var table = new TableMappingBuilder<int, TValue>().Named("sums").Key("id").Column(n => n, "n").Version("v");
        return bed.Provider.Create("sums", (gone is null ? table.AllowHardDeletes() : table.SoftDelete(gone)).Build());
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
