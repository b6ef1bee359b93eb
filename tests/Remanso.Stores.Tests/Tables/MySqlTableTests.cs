using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MySql.Data.MySqlClient;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Tables;
using Remanso.Entries;
using Remanso.MySql.Tables;
using Remanso.Sql.Tables;
using Xunit;
using static Remanso.Stores.Tests.Tables.MySqlTables;

namespace Remanso.Stores.Tests.Tables;

/// <summary>What MariaDB makes of tables that others declared.</summary>
public sealed class MySqlTableTests(MariaDbServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(
        "code varchar(8) PRIMARY KEY, n int, v bigint",
        "the key column code is varchar compared by utf8mb4_general_ci, in which two keys of the cache could be one row"
    )]
    [InlineData("code char(8) COLLATE utf8mb4_bin PRIMARY KEY, n int, v bigint", "the key column code is char")]
    [InlineData("code binary(4) PRIMARY KEY, n int, v bigint", "the key column code is binary, in which two keys")]
    [InlineData(
        "code varchar(8) CHARACTER SET latin1 COLLATE latin1_bin PRIMARY KEY, n int, v bigint",
        "the column code has the character set latin1"
    )]
    [InlineData("code int PRIMARY KEY, n int, v bigint", "the column code is int; a text type")]
    [InlineData($"code varchar(8) {Bin} PRIMARY KEY, n varchar(8), v bigint", "the column n is varchar; an integer is what it can be")]
    [InlineData($"code varchar(8) {Bin} PRIMARY KEY, n int, v int", "the version column v is int; it must be bigint")]
    [InlineData($"code varchar(8) {Bin} PRIMARY KEY, n int AS (1) STORED, v bigint", "the column n is generated, so it can't be written.")]
    [InlineData($"code varchar(200) {Bin}, n int, v bigint, UNIQUE (code(8))", "no unique index")]
    [InlineData($"code text {Bin}, n int, v bigint, UNIQUE (code)", "no unique index")]
    [InlineData($"code varchar(8) {Bin} PRIMARY KEY, n int, v bigint) ENGINE = MyISAM --", "it is kept by MyISAM")]
    public async Task A_table_that_can_not_keep_the_promises_is_refused(string columns, string expected)
    {
        await using var bed = await MySqlTableBed.CreateAsync(server);
        await bed.ExecuteAsync($"CREATE TABLE codes ({columns}\n)".Replace("--\n)", string.Empty, StringComparison.Ordinal));

        var refusal = await Assert.ThrowsAsync<CacheConfigurationException>(async () => await Codes(bed).InitializeAsync(Cancellation));

        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_of_a_value_needs_utf8mb4_and_a_view_is_no_table()
    {
        await using var bed = await MySqlTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE TABLE people (id int PRIMARY KEY, name varchar(20) CHARACTER SET utf8mb3, v bigint)");
        await bed.ExecuteAsync("CREATE VIEW persons AS SELECT id, CONVERT(name USING utf8mb4) AS name, v FROM people");

        var text = await Assert.ThrowsAsync<CacheConfigurationException>(async () =>
            await People(bed, "people").InitializeAsync(Cancellation)
        );
        var view = await Assert.ThrowsAsync<CacheConfigurationException>(async () =>
            await People(bed, "persons").InitializeAsync(Cancellation)
        );

        Assert.Contains("the column name has the character set utf8mb3", text.Message, StringComparison.Ordinal);
        Assert.Contains("persons of the cache 'people' has no unique index", view.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_key_with_blanks_beyond_its_column_is_refused_and_changes_no_row(bool isThere)
    {
        await using var bed = await MySqlTableBed.CreateAsync(server);
        await bed.ExecuteAsync($"CREATE TABLE codes (code varchar(3) {Bin} PRIMARY KEY, n int, v bigint)");
        await bed.ExecuteAsync($"INSERT INTO codes VALUES ('{(isThere ? "ABC" : "DEF")}', 7, 1)");
        var store = Codes(bed);

        var refused = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Code("ABC ", 5)], Cancellation));

        Assert.Equal((false, true), (refused.IsTransient, refused.BlamesRow));
        Assert.Contains("the key column code holds 3 characters", store.WhyRefused(Code("ABC ", 5)), StringComparison.Ordinal);
        Assert.Equal(
            isThere ? "ABC 7 1" : "DEF 7 1",
            await bed.ExecuteAsync("SELECT GROUP_CONCAT(CONCAT(code, ' ', n, ' ', v)) FROM codes")
        );
        Assert.Empty(await store.LoadAsync(["ABC "], Cancellation));
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Code("\U0001F600\U0001F600\U0001F600", 5)], Cancellation));
    }

    [Fact]
    public async Task Rows_of_a_key_column_that_was_widened_are_read_without_a_restart()
    {
        await using var bed = await MySqlTableBed.CreateAsync(server);
        await bed.ExecuteAsync($"CREATE TABLE codes (code varchar(3) {Bin} PRIMARY KEY, n int, v bigint)");
        var store = Codes(bed);
        await store.InitializeAsync(Cancellation);

        await bed.ExecuteAsync($"ALTER TABLE codes MODIFY code varchar(8) {Bin}");
        await bed.ExecuteAsync("INSERT INTO codes VALUES ('ABC-0001', 7, 1)");

        Assert.Equal(7, Assert.Single(await store.LoadAsync(["ABC-0001"], Cancellation)).Value);
    }

    [Fact]
    public async Task A_trigger_that_stores_rows_under_other_keys_stores_none()
    {
        await using var bed = await MySqlTableBed.CreateAsync(server);
        await bed.ExecuteAsync($"CREATE TABLE codes (code varchar(8) {Bin} PRIMARY KEY, n int, v bigint)");
        await bed.ExecuteAsync("CREATE TRIGGER lower_code BEFORE INSERT ON codes FOR EACH ROW SET NEW.code = LOWER(NEW.code)");
        var store = Codes(bed);
        await store.InitializeAsync(Cancellation);

        var refused = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Code("Bob", 5)], Cancellation));

        Assert.Contains("a trigger", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await bed.ExecuteAsync("SELECT COUNT(*) FROM codes"));
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Code("bob", 5)], Cancellation));
    }

    [Fact]
    public async Task A_fraction_in_a_column_of_whole_numbers_is_refused()
    {
        await using var bed = await MySqlTableBed.CreateAsync(server);
        await bed.ExecuteAsync("CREATE TABLE sums (id int PRIMARY KEY, n int, v bigint)");
        var sums = new TableMappingBuilder<int, decimal>().Named("sums").Key("id").Column(n => n, "n").Version("v").AllowHardDeletes();
        var store = bed.Provider.Create("sums", sums.Build());

        var refused = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Sum(12.5m)], Cancellation));

        Assert.Equal((false, true), (refused.IsTransient, refused.BlamesRow));
        Assert.Contains("the column n is int, which holds whole numbers alone", store.WhyRefused(Sum(12.5m)), StringComparison.Ordinal);
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Sum(12m)], Cancellation));

        static StoreWrite<int, decimal> Sum(decimal n) =>
            new()
            {
                Key = 1,
                Value = n,
                Version = 1,
                ExpiresAt = CacheEntry.Never,
            };
    }

    [Fact]
    public async Task Columns_may_be_of_narrower_or_richer_types_than_their_values()
    {
        await using var bed = await MySqlTableBed.CreateAsync(server);
        await bed.ExecuteAsync(
            """
            CREATE TABLE orders (tenant uuid, number smallint unsigned, customer varchar(5), total decimal(10, 2), state enum('Open', 'Paid', 'Shipped') NOT NULL, note json NOT NULL,
                at datetime(3) NOT NULL, wall timestamp(6) NULL, ref binary(16), flag bit(1), row_version bigint unsigned, gone timestamp NULL, PRIMARY KEY (number, tenant))
            """
        );
        var store = bed.Provider.Create(
            "orders",
            new TableMappingBuilder<RichKey, Rich>()
                .Named("orders")
                .Key(k => k.Tenant, "tenant")
                .Key(k => k.Number, "number")
                .Column(o => o.Customer, "customer")
                .Column(o => o.Total, "total")
                .ColumnAsText(o => o.State, "state")
                .Column(o => o.Note, "note")
                .Column(o => o.At, "at")
                .Column(o => o.Wall, "wall")
                .Column(o => o.Ref, "ref")
                .Column(o => o.Flag, "flag")
                .Version("row_version")
                .SoftDelete("gone", insertsTombstones: false)
                .Build()
        );
        await store.InitializeAsync(Cancellation);
        var value = new Rich(
            "Ann",
            12.5m,
            OrderState.Paid,
            "{\"a\": 1}",
            new DateTime(2026, 5, 1, 12, 0, 0, DateTimeKind.Unspecified),
            new DateTimeOffset(2026, 5, 1, 14, 0, 0, TimeSpan.FromHours(2)),
            new Guid("a1b2c3d4-0000-4000-8000-00000000ffff"),
            Flag: true
        );
        var key = new RichKey(Guid.NewGuid(), 60_000);

        await store.SaveAsync([Write(key, value, 1)], Cancellation);
        await store.SaveAsync([Write(key, value, 2)], Cancellation);
        var row = Assert.Single(await store.LoadAsync([key], Cancellation));

        Assert.Equal((value, 2), (row.Value, row.Version));
        Assert.Equal(TimeSpan.Zero, row.Value!.Wall.Offset);
        Assert.Equal(
            "A1B2C3D40000400080000000 0000FFFF".Replace(" ", string.Empty, StringComparison.Ordinal),
            await bed.ExecuteAsync("SELECT HEX(ref) FROM orders")
        );

        // Neither cut off to fit, nor stored in part.
        var tooLong = await Assert.ThrowsAsync<StoreException>(async () =>
            await store.SaveAsync([Write(key, value with { Customer = "Alexandra" }, 3)], Cancellation)
        );
        Assert.False(tooLong.IsTransient);
        Assert.False(
            (
                await Assert.ThrowsAsync<StoreException>(async () =>
                    await store.SaveAsync([Write(key with { Number = 70_000 }, value, 1)], Cancellation)
                )
            ).IsTransient
        );
        Assert.Equal(
            [SaveOutcome.Applied],
            await store.SaveAsync([Write(key, value, 4) with { Value = null, Deleted = true }], Cancellation)
        );
        Assert.True(Assert.Single(await store.LoadAsync([key], Cancellation)).Deleted);
    }

    [Fact]
    public async Task A_second_unique_key_does_no_harm_and_updates_use_up_no_numbers()
    {
        await using var bed = await MySqlTableBed.CreateAsync(server);
        await bed.ExecuteAsync(
            $"CREATE TABLE codes (id int AUTO_INCREMENT PRIMARY KEY, code varchar(20) {Bin} NOT NULL UNIQUE, n int UNIQUE, v bigint)"
        );
        var store = Codes(bed);
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Code("a", 1, n: 1), Code("b", 1, n: 2)], Cancellation);
        for (var version = 2; version < 50; version++)
        {
            await store.SaveAsync([Code("a", version, n: 1), Code("b", version, n: 2)], Cancellation);
        }

        var inserted = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Code("c", 60, n: 2)], Cancellation));
        var updated = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Code("a", 60, n: 2)], Cancellation));

        Assert.False(inserted.IsTransient);
        Assert.False(updated.IsTransient);
        Assert.Equal(
            "a:1:1:49,b:2:2:49",
            await bed.ExecuteAsync("SELECT GROUP_CONCAT(CONCAT_WS(':', code, id, n, v) ORDER BY id) FROM codes")
        );
    }

    [Fact]
    public async Task A_letter_that_the_column_would_drop_is_refused()
    {
        await using var bed = await MySqlTableBed.CreateAsync(server);
        await bed.ExecuteAsync($"CREATE TABLE letters (id int PRIMARY KEY, n char(1) {Bin}, v bigint)");
        var store = bed.Provider.Create(
            "letters",
            new TableMappingBuilder<int, char>().Named("letters").Key("id").Column(n => n, "n").Version("v").AllowHardDeletes().Build()
        );
        await store.InitializeAsync(Cancellation);

        Assert.Contains("the column n is char, which drops blanks", store.WhyRefused(Letter(' ')), StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Letter(' ')], Cancellation));
        Assert.Equal((false, true), (refused.IsTransient, refused.BlamesRow));
        await store.SaveAsync([Letter('x')], Cancellation);
        Assert.Equal('x', Assert.Single(await store.LoadAsync([1], Cancellation)).Value);

        static StoreWrite<int, char> Letter(char letter) =>
            new()
            {
                Key = 1,
                Value = letter,
                Version = 1,
                ExpiresAt = CacheEntry.Never,
            };
    }

    [Fact]
    public async Task A_key_that_the_database_would_number_can_not_be_zero()
    {
        await using var bed = await MySqlTableBed.CreateAsync(server);
        await bed.ExecuteAsync($"CREATE TABLE people (id int AUTO_INCREMENT PRIMARY KEY, name varchar(20) {Bin}, v bigint)");
        var store = People(bed, "people");

        await store.SaveAsync([Person(7, "Ann")], Cancellation);
        var refused = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Person(0, "Bob")], Cancellation));

        Assert.Equal((false, true), (refused.IsTransient, refused.BlamesRow));
        Assert.Equal("7", await bed.ExecuteAsync("SELECT GROUP_CONCAT(id) FROM people"));
    }

    [Fact]
    public async Task Keys_that_differ_in_trailing_spaces_never_share_a_row()
    {
        await using var bed = await MySqlTableBed.CreateAsync(server);
        await bed.ExecuteAsync($"CREATE TABLE codes (code varchar(20) {Bin} PRIMARY KEY, n int, v bigint)");
        var store = Codes(bed);
        await store.SaveAsync([Code("a", 1, n: 1)], Cancellation);

        var refused = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Code("a ", 2, n: 2)], Cancellation));

        Assert.False(refused.IsTransient);
        Assert.Empty(await store.LoadAsync(["a "], Cancellation));
        Assert.Equal(1, Assert.Single(await store.LoadAsync(["a"], Cancellation)).Value);
    }

    [Fact]
    public async Task Long_values_are_saved_and_one_above_the_largest_packet_is_refused_for_good()
    {
        await using var bed = await MySqlTableBed.CreateAsync(server);
        await bed.ExecuteAsync($"CREATE TABLE people (id int PRIMARY KEY, name longtext {Bin}, v bigint)");
        var store = People(bed, "people");
        await store.InitializeAsync(Cancellation);
        string[] names =
        [
            "short",
            string.Concat(Enumerable.Repeat("l'\\ong\0\U0001F600", 40_000)),
            "",
            string.Concat(Enumerable.Repeat("\u65e5", 700_000)),
        ];
        for (var version = 1; version <= 2; version++)
        {
            await store.SaveAsync([.. names.Select((name, id) => Person(id, name, version))], Cancellation);
        }

        Assert.Equal(names, (await store.LoadAsync([0, 1, 2, 3], Cancellation)).OrderBy(row => row.Key).Select(row => row.Value));
        var packet = Convert.ToInt32(
            await bed.ExecuteAsync("SELECT @@max_allowed_packet"),
            System.Globalization.CultureInfo.InvariantCulture
        );
        var refused = await Assert.ThrowsAsync<StoreException>(async () =>
            await store.SaveAsync([Person(1, new string('x', packet), 3)], Cancellation)
        );
        Assert.False(refused.IsTransient);
        Assert.Contains("max_allowed_packet", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_application_maps_a_cache_to_its_table()
    {
        await using var bed = await MySqlTableBed.CreateBedAsync(server);
        await bed.ExecuteAsync("CREATE TABLE people (id int PRIMARY KEY, name varchar(20), v bigint)");
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder
            .Services.AddRemanso()
            .UseMySql(bed.Url, driver: MySqlClientFactory.Instance)
            .AddCache<int, string>("people", cache =>
                cache.UseTable(table => table.Named("people").Key("id").Column(name => name, "name").Version("v").AllowHardDeletes())
            );
        using var host = builder.Build();
        await host.StartAsync(Cancellation);
        var people = host.Services.GetRequiredService<ICache<int, string>>();

        for (var i = 0; i < 20; i++)
        {
            await people.SetAsync(7, $"Ann {i}", cancellationToken: Cancellation);
        }

        await people.Operations.FlushAsync(Cancellation);

        Assert.Equal("Ann 19", await bed.ExecuteAsync("SELECT name FROM people WHERE id = 7 AND v > 0"));
        Assert.IsType<MySqlTableDialect>(Assert.Single(host.Services.GetServices<ITableDialect>()));
        await host.StopAsync(Cancellation);
    }

    private static StoreWrite<RichKey, Rich> Write(RichKey key, Rich value, long version) =>
        new()
        {
            Key = key,
            Value = value,
            Version = version,
            ExpiresAt = CacheEntry.Never,
        };

    private sealed record RichKey(Guid Tenant, int Number);

    private sealed record Rich(
        string Customer,
        decimal Total,
        OrderState State,
        string Note,
        DateTime At,
        DateTimeOffset Wall,
        Guid Ref,
        bool Flag
    );
}
