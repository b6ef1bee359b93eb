using System.Data.Common;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using MySql.Data.MySqlClient;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Tables;
using Remanso.Entries;
using Remanso.Hosting;
using Remanso.MySql;
using Remanso.MySql.Tables;
using Remanso.Sql.Tables;
using Remanso.Stores;
using Xunit;

namespace Remanso.Stores.Tests.Tables;

/// <summary>What MariaDB makes of tables that others declared.</summary>
public sealed class MySqlTableTests(MariaDbServer server)
{
    private const string Bin = "COLLATE utf8mb4_bin";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("code varchar(8) PRIMARY KEY, n int, v bigint", "the key column code is varchar compared by utf8mb4_general_ci, in which two keys of the cache could be one row")]
    [InlineData("code char(8) COLLATE utf8mb4_bin PRIMARY KEY, n int, v bigint", "the key column code is char")]
    [InlineData("code varchar(8) CHARACTER SET latin1 COLLATE latin1_bin PRIMARY KEY, n int, v bigint", "the column code has the character set latin1")]
    [InlineData("code int PRIMARY KEY, n int, v bigint", "the column code is int; a text type")]
    [InlineData($"code varchar(8) {Bin} PRIMARY KEY, n varchar(8), v bigint", "the column n is varchar; an integer is what it can be")]
    [InlineData($"code varchar(8) {Bin} PRIMARY KEY, n int, v int", "the version column v is int; it must be bigint")]
    [InlineData($"code varchar(8) {Bin} PRIMARY KEY, n int AS (1) STORED, v bigint", "the column n is generated")]
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

        var text = await Assert.ThrowsAsync<CacheConfigurationException>(async () => await People(bed, "people").InitializeAsync(Cancellation));
        var view = await Assert.ThrowsAsync<CacheConfigurationException>(async () => await People(bed, "persons").InitializeAsync(Cancellation));

        Assert.Contains("the column name has the character set utf8mb3", text.Message, StringComparison.Ordinal);
        Assert.Contains("persons of the cache 'people' has no unique index", view.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Columns_may_be_of_narrower_or_richer_types_than_their_values()
    {
        await using var bed = await MySqlTableBed.CreateAsync(server);
        await bed.ExecuteAsync(
            """
            CREATE TABLE orders (tenant uuid, number smallint unsigned, customer varchar(5), total decimal(10, 2), state enum('Open', 'Paid', 'Shipped') NOT NULL, note json NOT NULL,
                at datetime(3) NOT NULL, wall timestamp(6) NULL, ref binary(16), flag bit(1), row_version bigint unsigned, gone timestamp NULL, PRIMARY KEY (number, tenant))
            """);
        var store = bed.Provider.Create(
            "orders",
            new TableMappingBuilder<RichKey, Rich>().Named("orders").Key(k => k.Tenant, "tenant").Key(k => k.Number, "number").Column(o => o.Customer, "customer")
                .Column(o => o.Total, "total").ColumnAsText(o => o.State, "state").Column(o => o.Note, "note").Column(o => o.At, "at").Column(o => o.Wall, "wall").Column(o => o.Ref, "ref")
                .Column(o => o.Flag, "flag").Version("row_version").SoftDelete("gone", insertsTombstones: false).Build());
        await store.InitializeAsync(Cancellation);
        var value = new Rich(
            "Ann", 12.5m, OrderState.Paid, "{\"a\": 1}", new DateTime(2026, 5, 1, 12, 0, 0, DateTimeKind.Unspecified),
            new DateTimeOffset(2026, 5, 1, 14, 0, 0, TimeSpan.FromHours(2)), new Guid("a1b2c3d4-0000-4000-8000-00000000ffff"), Flag: true);
        var key = new RichKey(Guid.NewGuid(), 60_000);

        await store.SaveAsync([Write(key, value, 1)], Cancellation);
        await store.SaveAsync([Write(key, value, 2)], Cancellation);
        var row = Assert.Single(await store.LoadAsync([key], Cancellation));

        Assert.Equal((value, 2), (row.Value, row.Version));
        Assert.Equal(TimeSpan.Zero, row.Value!.Wall.Offset);
        Assert.Equal("A1B2C3D40000400080000000 0000FFFF".Replace(" ", string.Empty, StringComparison.Ordinal), await bed.ExecuteAsync("SELECT HEX(ref) FROM orders"));

        // Neither cut off to fit, nor stored in part.
        var tooLong = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Write(key, value with { Customer = "Alexandra" }, 3)], Cancellation));
        Assert.False(tooLong.IsTransient);
        Assert.False((await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Write(key with { Number = 70_000 }, value, 1)], Cancellation))).IsTransient);
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write(key, value, 4) with { Value = null, Deleted = true }], Cancellation));
        Assert.True(Assert.Single(await store.LoadAsync([key], Cancellation)).Deleted);
    }

    [Fact]
    public async Task A_second_unique_key_does_no_harm_and_updates_use_up_no_numbers()
    {
        await using var bed = await MySqlTableBed.CreateAsync(server);
        await bed.ExecuteAsync($"CREATE TABLE codes (id int AUTO_INCREMENT PRIMARY KEY, code varchar(20) {Bin} NOT NULL UNIQUE, n int UNIQUE, v bigint)");
        var store = Codes(bed);
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Write("a", 1, n: 1), Write("b", 1, n: 2)], Cancellation);
        for (var version = 2; version < 50; version++)
            await store.SaveAsync([Write("a", version, n: 1), Write("b", version, n: 2)], Cancellation);

        var inserted = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Write("c", 60, n: 2)], Cancellation));
        var updated = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Write("a", 60, n: 2)], Cancellation));

        Assert.False(inserted.IsTransient);
        Assert.False(updated.IsTransient);
        Assert.Equal("a:1:1:49,b:2:2:49", await bed.ExecuteAsync("SELECT GROUP_CONCAT(CONCAT_WS(':', code, id, n, v) ORDER BY id) FROM codes"));
    }

    [Fact]
    public async Task A_key_that_the_database_would_number_can_not_be_zero()
    {
        await using var bed = await MySqlTableBed.CreateAsync(server);
        await bed.ExecuteAsync($"CREATE TABLE people (id int AUTO_INCREMENT PRIMARY KEY, name varchar(20) {Bin}, v bigint)");
        var store = People(bed, "people");

        await store.SaveAsync([Person(7, "Ann")], Cancellation);
        var refused = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Person(0, "Bob")], Cancellation));

        Assert.False(refused.IsTransient);
        Assert.Equal("7", await bed.ExecuteAsync("SELECT GROUP_CONCAT(id) FROM people"));
    }

    [Fact]
    public async Task Keys_that_differ_in_trailing_spaces_never_share_a_row()
    {
        await using var bed = await MySqlTableBed.CreateAsync(server);
        await bed.ExecuteAsync($"CREATE TABLE codes (code varchar(20) {Bin} PRIMARY KEY, n int, v bigint)");
        var store = Codes(bed);
        await store.SaveAsync([Write("a", 1, n: 1)], Cancellation);

        var refused = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Write("a ", 2, n: 2)], Cancellation));

        Assert.False(refused.IsTransient);
        Assert.Empty(await store.LoadAsync(["a "], Cancellation));
        Assert.Equal(1, Assert.Single(await store.LoadAsync(["a"], Cancellation)).Value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("useaffectedrows=true")]
    public async Task Two_workers_with_overlapping_batches_in_opposite_order_never_deadlock(string parameters)
    {
        await using var bed = await MySqlTableBed.CreateBedAsync(server);
        await bed.ExecuteAsync("CREATE TABLE people (id int PRIMARY KEY, name varchar(20) COLLATE utf8mb4_bin, v bigint, gone boolean)");
        int[] ids = [.. Enumerable.Range(1, 200)];
        await People(bed, "people", softly: true).SaveAsync([.. ids.Select(id => Person(id, "first"))], Cancellation);

        await Task.WhenAll(Enumerable.Range(0, 2).Select(async worker =>
        {
            await using var process = bed.AnotherProcess(parameters);
            var store = People(process, "people", softly: true);
            var random = new Random(worker);
            for (var round = 1; round <= 40; round++)
            {
                // Any error fails the test, a deadlock too: nothing is tried again here.
                var version = (2 * round) + worker;
                var batch = ids.Where(_ => random.Next(2) == 0).Select(id => (id + round) % 3 == 0 ? Gone(id, version) : Person(id, $"w{worker}", version));
                await store.SaveAsync([.. worker == 0 ? batch : batch.Reverse()], Cancellation);
            }
        }));

        Assert.Equal(0L, await bed.ExecuteAsync("SELECT COUNT(*) FROM people WHERE v < 50"));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_row_that_another_inserts_during_a_save_is_found_and_compared()
    {
        await using var bed = await MySqlTableBed.CreateBedAsync(server);
        await bed.ExecuteAsync($"CREATE TABLE codes (code varchar(20) {Bin} PRIMARY KEY, n int, v bigint)");
        var gate = $"gate_{Guid.NewGuid():N}";
        await bed.ExecuteAsync($"CREATE TRIGGER hold BEFORE INSERT ON codes FOR EACH ROW BEGIN IF NEW.n < 9 THEN DO GET_LOCK('{gate}', 60); END IF; END");
        await using var foreign = new MySqlConnection(Plain(bed));
        await foreign.OpenAsync(Cancellation);
        await ExecuteAsync(foreign, $"DO GET_LOCK('{gate}', 0)");

        var save = Codes(bed).SaveAsync([Write("a", 5, n: 1), Write("b", 5, n: 2), Write("c", 5, n: 3)], Cancellation).AsTask();
        await Until.TrueAsync(
            async () => (long)(await bed.ExecuteAsync($"SELECT COUNT(*) FROM information_schema.processlist WHERE state = 'User lock' AND info LIKE '%GET_LOCK(''{gate}%'"))! > 0,
            "the save has looked for its rows and inserts them");
        await ExecuteAsync(foreign, "INSERT INTO codes VALUES ('a', 9, 4), ('b', 9, 5), ('c', 9, 6)");
        await ExecuteAsync(foreign, $"DO RELEASE_LOCK('{gate}')");

        Assert.Equal([SaveOutcome.Applied, SaveOutcome.AlreadyStored, SaveOutcome.Superseded(6)], await save);
        Assert.Equal("1,9,9", await bed.ExecuteAsync("SELECT GROUP_CONCAT(n ORDER BY code) FROM codes"));
    }

    [Fact]
    public async Task Long_values_are_saved_and_one_above_the_largest_packet_is_refused_for_good()
    {
        await using var bed = await MySqlTableBed.CreateAsync(server);
        await bed.ExecuteAsync($"CREATE TABLE people (id int PRIMARY KEY, name longtext {Bin}, v bigint)");
        var store = People(bed, "people");
        await store.InitializeAsync(Cancellation);
        string[] names = ["short", string.Concat(Enumerable.Repeat("l'\\ong\0\U0001F600", 40_000)), "", string.Concat(Enumerable.Repeat("\u65e5", 700_000))];
        for (var version = 1; version <= 2; version++)
            await store.SaveAsync([.. names.Select((name, id) => Person(id, name, version))], Cancellation);

        Assert.Equal(names, (await store.LoadAsync([0, 1, 2, 3], Cancellation)).OrderBy(row => row.Key).Select(row => row.Value));
        var packet = Convert.ToInt32(await bed.ExecuteAsync("SELECT @@max_allowed_packet"), System.Globalization.CultureInfo.InvariantCulture);
        var refused = await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Person(1, new string('x', packet), 3)], Cancellation));
        Assert.False(refused.IsTransient);
        Assert.Contains("max_allowed_packet", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_load_finds_its_rows_by_the_index()
    {
        await using var bed = await MySqlTableBed.CreateBedAsync(server);
        await bed.ExecuteAsync($"CREATE TABLE orders (tenant varchar(50) {Bin}, number int, total decimal, v bigint, PRIMARY KEY (tenant, number))");
        await bed.ExecuteAsync("INSERT INTO orders SELECT CONCAT('t', seq), seq, seq, 1 FROM seq_1_to_2000");
        var plan = new TableMappingBuilder<OrderKey, decimal>().Named("orders").Key(k => k.Tenant, "tenant").Key(k => k.Number, "number")
            .Column(t => t, "total").Version("v").AllowHardDeletes().Build().Plan;
        await using var mysql = new MySqlConnection(Plain(bed));
        await mysql.OpenAsync(Cancellation);
        var text = new MySqlTableText(plan, (await MySqlTableSchema.DescribeAsync(mysql, plan.Table, Cancellation))!);

        foreach (var statement in new[] { text.Load, text.Lock, text.Remove })
        {
            var found = new List<string>();
            await RowsCommand.RunAsync(
                mysql,
                transaction: null,
                new MySqlPacket("test"),
                statement,
                [.. Enumerable.Range(1, 900).Select(i => new TableWrite(i, [$"t{i}", i], [], 1, null, null))],
                text.WriteVersion,
                (command, _) =>
                {
                    command.CommandText = $"EXPLAIN {command.CommandText}";
                    return MySqlCalls.ReadAsync(command, reader => found.Add($"{reader["table"]}:{reader["type"]}:{reader["key"]}"));
                },
                Cancellation);

            Assert.Equal("t:eq_ref:PRIMARY", found[1]);
        }
    }

    [Fact]
    public async Task On_connections_of_others_moments_are_kept_in_utc_and_the_sessions_zone_stays()
    {
        await using var bed = await MySqlTableBed.CreateBedAsync(server);
        await bed.ExecuteAsync("CREATE TABLE moments (id int PRIMARY KEY, at timestamp(6) NULL, v bigint)");
        await using var theirs = new MySqlConnection(Plain(bed));
        await theirs.OpenAsync(Cancellation);
        await ExecuteAsync(theirs, "SET time_zone = '+05:30'");
        var dialect = new MySqlTableDialect("test", blocksThread: true);
        var store = new TableStore<int, DateTimeOffset>(
            dialect,
            new OneConnection(theirs),
            "moments",
            new TableMappingBuilder<int, DateTimeOffset>().Named("moments").Key("id").Column(at => at, "at").Version("v").AllowHardDeletes().Build(),
            TimeProvider.System);
        await store.InitializeAsync(Cancellation);
        var at = new DateTimeOffset(2026, 10, 25, 2, 30, 0, TimeSpan.Zero);

        await store.SaveAsync([new StoreWrite<int, DateTimeOffset> { Key = 1, Value = at, Version = 1, ExpiresAt = CacheEntry.Never }], Cancellation);

        Assert.True(dialect.Speaks(theirs));
        Assert.Equal(at, Assert.Single(await store.LoadAsync([1], Cancellation)).Value);
        Assert.Equal(at.ToUnixTimeSeconds(), Convert.ToInt64(await ExecuteAsync(theirs, "SELECT UNIX_TIMESTAMP(at) FROM moments"), System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal("+05:30", await ExecuteAsync(theirs, "SELECT @@session.time_zone"));
        await ExecuteAsync(theirs, "SET sql_mode = ''");
        Assert.Contains(
            "STRICT_TRANS_TABLES", (await Assert.ThrowsAsync<StoreException>(async () => await store.InitializeAsync(Cancellation))).Message, StringComparison.Ordinal);
    }

    /// <remarks>The trigger of docs/own-tables.md.</remarks>
    [Fact]
    public async Task A_trigger_can_raise_the_version_of_changes_by_others_and_leaves_the_stores_own_alone()
    {
        await using var bed = await MySqlTableBed.CreateAsync(server);
        await bed.ExecuteAsync($"CREATE TABLE codes (code varchar(20) {Bin} PRIMARY KEY, n int, v bigint)");
        var store = Codes(bed);
        await store.InitializeAsync(Cancellation);
        await bed.ExecuteAsync(
            """
            CREATE TRIGGER raise_version BEFORE UPDATE ON codes FOR EACH ROW
                SET NEW.v = IF(NEW.v > COALESCE(OLD.v, 0), NEW.v,
                    GREATEST(COALESCE(OLD.v, 0) + 1, CAST(UNIX_TIMESTAMP(SYSDATE(6)) * 1000000 AS SIGNED)))
            """);

        await store.SaveAsync([Write("a", 1)], Cancellation);
        await store.SaveAsync([Write("a", 2)], Cancellation);
        Assert.Equal(2L, await bed.ExecuteAsync("SELECT v FROM codes"));
        await bed.ExecuteAsync("UPDATE codes SET n = 7");

        Assert.Equal(SaveOutcomeKind.Superseded, Assert.Single(await store.SaveAsync([Write("a", 3)], Cancellation)).Kind);
        Assert.Equal(7, Assert.Single(await store.LoadAsync(["a"], Cancellation)).Value);
    }

    [Fact]
    public async Task An_application_maps_a_cache_to_its_table()
    {
        await using var bed = await MySqlTableBed.CreateBedAsync(server);
        await bed.ExecuteAsync("CREATE TABLE people (id int PRIMARY KEY, name varchar(20), v bigint)");
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddRemanso().UseMySql(bed.Url, driver: MySqlClientFactory.Instance)
            .AddCache<int, string>("people", cache => cache.UseTable(table => table.Named("people").Key("id").Column(name => name, "name").Version("v").AllowHardDeletes()));
        using var host = builder.Build();
        await host.StartAsync(Cancellation);
        var people = host.Services.GetRequiredService<ICache<int, string>>();

        for (var i = 0; i < 20; i++)
            await people.SetAsync(7, $"Ann {i}", cancellationToken: Cancellation);
        await people.FlushAsync(Cancellation);

        Assert.Equal("Ann 19", await bed.ExecuteAsync("SELECT name FROM people WHERE id = 7 AND v > 0"));
        Assert.IsType<MySqlTableDialect>(Assert.Single(host.Services.GetServices<ITableDialect>()));
        await host.StopAsync(Cancellation);
    }

    private static string Plain(MySqlTableBed bed) => MySqlConnectionString.For(MySqlAddress.Parse($"{bed.Url}?pooling=false"), MySqlClientFactory.Instance);

    private static async Task<object?> ExecuteAsync(MySqlConnection connection, string sql)
    {
        await using var command = new MySqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancellation);
    }

    private static IBackingStore<string, int> Codes(TableTestBed bed) =>
        bed.Provider.Create("codes", new TableMappingBuilder<string, int>().Named("codes").Key("code").Column(n => n, "n").Version("v").AllowHardDeletes().Build());

    private static StoreWrite<string, int> Write(string key, long version, int n = 1) => new() { Key = key, Value = n, Version = version, ExpiresAt = CacheEntry.Never };

    private static IBackingStore<int, string> People(TableTestBed bed, string table, bool softly = false) => People(bed.Provider, table, softly);

    private static IBackingStore<int, string> People(ITableStoreProvider provider, string table, bool softly)
    {
        var mapping = new TableMappingBuilder<int, string>().Named(table).Key("id").Column(name => name, "name").Version("v");
        return provider.Create("people", (softly ? mapping.SoftDelete("gone") : mapping.AllowHardDeletes()).Build());
    }

    private static StoreWrite<int, string> Person(int id, string name, long version = 1) => new() { Key = id, Value = name, Version = version, ExpiresAt = CacheEntry.Never };

    private static StoreWrite<int, string> Gone(int id, long version) => new() { Key = id, Value = null, Deleted = true, Version = version, ExpiresAt = CacheEntry.Never };

    private static StoreWrite<RichKey, Rich> Write(RichKey key, Rich value, long version) => new() { Key = key, Value = value, Version = version, ExpiresAt = CacheEntry.Never };

    private sealed record RichKey(Guid Tenant, int Number);

    private sealed record Rich(string Customer, decimal Total, OrderState State, string Note, DateTime At, DateTimeOffset Wall, Guid Ref, bool Flag);

    private sealed class OneConnection(DbConnection connection) : ITableConnections, IAsyncDisposable
    {
        public ValueTask<TableConnection> OpenAsync(bool forWrites, CancellationToken cancellationToken) => ValueTask.FromResult(new TableConnection(connection, this));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
