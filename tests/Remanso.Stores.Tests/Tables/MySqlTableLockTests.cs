using System.Data.Common;
using MySql.Data.MySqlClient;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Tables;
using Remanso.Entries;
using Remanso.MySql;
using Remanso.MySql.Tables;
using Remanso.Sql;
using Remanso.Sql.Tables;
using Remanso.Testing;
using Xunit;
using static Remanso.Stores.Tests.Tables.MySqlTables;

namespace Remanso.Stores.Tests.Tables;

/// <summary>Saves beside others who use the table or the connection, and how rows are found.</summary>
public sealed class MySqlTableLockTests(MariaDbServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("useaffectedrows=true")]
    public async Task Two_workers_with_overlapping_batches_in_opposite_order_never_deadlock(string parameters)
    {
        await using var bed = await MySqlTableBed.CreateBedAsync(server);
        await bed.ExecuteAsync("CREATE TABLE people (id int PRIMARY KEY, name varchar(20) COLLATE utf8mb4_bin, v bigint, gone boolean)");
        int[] ids = [.. Enumerable.Range(1, 200)];
        await People(bed, "people", softly: true).SaveAsync([.. ids.Select(id => Person(id, "first"))], Cancellation);

        await Task.WhenAll(
            Enumerable
                .Range(0, 2)
                .Select(async worker =>
                {
                    await using var process = bed.AnotherProcess(parameters);
                    var store = People(process, "people", softly: true);
                    var random = new Random(worker);
                    for (var round = 1; round <= 40; round++)
                    {
                        // Any error fails the test, a deadlock too: nothing is tried again here.
                        var version = (2 * round) + worker;
                        var batch = ids.Where(_ => random.Next(2) == 0)
                            .Select(id => (id + round) % 3 == 0 ? Gone(id, version) : Person(id, $"w{worker}", version));
                        await store.SaveAsync([.. worker == 0 ? batch : batch.Reverse()], Cancellation);
                    }
                })
        );

        Assert.Equal(0L, await bed.ExecuteAsync("SELECT COUNT(*) FROM people WHERE v < 50"));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_row_that_another_inserts_during_a_save_is_found_and_compared()
    {
        await using var bed = await MySqlTableBed.CreateBedAsync(server);
        await bed.ExecuteAsync($"CREATE TABLE codes (code varchar(20) {Bin} PRIMARY KEY, n int, v bigint)");
        var gate = $"gate_{Guid.NewGuid():N}";
        await bed.ExecuteAsync(
            $"CREATE TRIGGER hold BEFORE INSERT ON codes FOR EACH ROW BEGIN IF NEW.n < 9 THEN DO GET_LOCK('{gate}', 60); END IF; END"
        );
        await using var foreign = new MySqlConnection(Plain(bed));
        await foreign.OpenAsync(Cancellation);
        await ExecuteAsync(foreign, $"DO GET_LOCK('{gate}', 0)");

        var save = Codes(bed).SaveAsync([Code("a", 5, n: 1), Code("b", 5, n: 2), Code("c", 5, n: 3)], Cancellation).AsTask();
        await Until.TrueAsync(
            async () =>
                (long)
                    (
                        await bed.ExecuteAsync(
                            "SELECT COUNT(*) FROM information_schema.processlist WHERE state = 'User lock' AND info LIKE "
                                + $"'%GET_LOCK(''{gate}%'"
                        )
                    )! > 0,
            "the save has looked for its rows and inserts them"
        );
        await ExecuteAsync(foreign, "INSERT INTO codes VALUES ('a', 9, 4), ('b', 9, 5), ('c', 9, 6)");
        await ExecuteAsync(foreign, $"DO RELEASE_LOCK('{gate}')");

        Assert.Equal([SaveOutcome.Applied, SaveOutcome.AlreadyStored, SaveOutcome.Superseded(6)], await save);
        Assert.Equal("1,9,9", await bed.ExecuteAsync("SELECT GROUP_CONCAT(n ORDER BY code) FROM codes"));
    }

    [Fact]
    public async Task A_load_finds_its_rows_by_the_index()
    {
        await using var bed = await MySqlTableBed.CreateBedAsync(server);
        await bed.ExecuteAsync(
            $"CREATE TABLE orders (tenant varchar(50) {Bin}, number int, total decimal, v bigint, PRIMARY KEY (tenant, number))"
        );
        await bed.ExecuteAsync("INSERT INTO orders SELECT CONCAT('t', seq), seq, seq, 1 FROM seq_1_to_2000");
        var plan = new TableMappingBuilder<OrderKey, decimal>()
            .Named("orders")
            .Key(k => k.Tenant, "tenant")
            .Key(k => k.Number, "number")
            .Column(t => t, "total")
            .Version("v")
            .AllowHardDeletes()
            .Build()
            .Plan;
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
                Cancellation
            );

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
        var dialect = new MySqlTableDialect(
            "test",
            blocksThread: true,
            TimeProvider.System,
            new PoolReset(isOurs: true, TimeProvider.System)
        );
        var store = new TableStore<int, DateTimeOffset>(
            dialect,
            new OneConnection(theirs),
            "moments",
            new TableMappingBuilder<int, DateTimeOffset>()
                .Named("moments")
                .Key("id")
                .Column(at => at, "at")
                .Version("v")
                .AllowHardDeletes()
                .Build(),
            TimeProvider.System
        );
        await store.InitializeAsync(Cancellation);
        var at = new DateTimeOffset(2026, 10, 25, 2, 30, 0, TimeSpan.Zero);

        await store.SaveAsync(
            [
                new StoreWrite<int, DateTimeOffset>
                {
                    Key = 1,
                    Value = at,
                    Version = 1,
                    ExpiresAt = CacheEntry.Never,
                },
            ],
            Cancellation
        );

        Assert.True(dialect.Speaks(theirs));
        Assert.Equal(at, Assert.Single(await store.LoadAsync([1], Cancellation)).Value);
        Assert.Equal(
            at.ToUnixTimeSeconds(),
            Convert.ToInt64(
                await ExecuteAsync(theirs, "SELECT UNIX_TIMESTAMP(at) FROM moments"),
                System.Globalization.CultureInfo.InvariantCulture
            )
        );
        Assert.Equal("+05:30", await ExecuteAsync(theirs, "SELECT @@session.time_zone"));
        await ExecuteAsync(theirs, "SET sql_mode = ''");
        Assert.Contains(
            "STRICT_TRANS_TABLES",
            (await Assert.ThrowsAsync<StoreException>(async () => await store.InitializeAsync(Cancellation))).Message,
            StringComparison.Ordinal
        );
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task On_connections_of_others_a_save_that_waits_for_a_lock_ends_in_time_and_when_it_is_cancelled(bool isCancelled)
    {
        await using var bed = await MySqlTableBed.CreateBedAsync(server);
        await bed.ExecuteAsync($"CREATE TABLE codes (code varchar(20) {Bin} PRIMARY KEY, n int, v bigint)");
        var time = new ManualTimeProvider();
        var store = new TableStore<string, int>(
            new MySqlTableDialect("test", blocksThread: true, time, new PoolReset(isOurs: true, time)),
            new PlainConnections($"{Plain(bed)};Default Command Timeout=7"),
            "codes",
            CodesMapping(),
            TimeProvider.System
        );
        await store.InitializeAsync(Cancellation);
        await using var foreign = new MySqlConnection(Plain(bed));
        await foreign.OpenAsync(Cancellation);
        await ExecuteAsync(foreign, "BEGIN; INSERT INTO codes VALUES ('a', 0, 0)");

        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var save = store.SaveAsync([Code("a", 1)], giveUp.Token).AsTask();
        await Until.TrueAsync(async () => await WaitingAsync() > 0, "the save waits for the row");
        if (isCancelled)
        {
            await giveUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => save);
        }
        else
        {
            time.Advance(TimeSpan.FromSeconds(8));
            Assert.True((await Assert.ThrowsAsync<StoreException>(() => save)).IsTransient);
        }

        await Until.TrueAsync(async () => await WaitingAsync() == 0, "the server was told to end it");
        await ExecuteAsync(foreign, "ROLLBACK");
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Code("a", 1)], Cancellation));

        async Task<long> WaitingAsync() =>
            (long)
                (
                    await bed.ExecuteAsync(
                        $"SELECT COUNT(*) FROM information_schema.processlist WHERE db = '{foreign.Database}' AND command = 'Query' "
                            + "AND id <> CONNECTION_ID()"
                    )
                )!;
    }

    /// <remarks>The trigger of docs/how-to/own-tables.md.</remarks>
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
            """
        );

        await store.SaveAsync([Code("a", 1)], Cancellation);
        await store.SaveAsync([Code("a", 2)], Cancellation);
        Assert.Equal(2L, await bed.ExecuteAsync("SELECT v FROM codes"));
        await bed.ExecuteAsync("UPDATE codes SET n = 7");

        Assert.Equal(SaveOutcomeKind.Superseded, Assert.Single(await store.SaveAsync([Code("a", 3)], Cancellation)).Kind);
        Assert.Equal(7, Assert.Single(await store.LoadAsync(["a"], Cancellation)).Value);
    }

    private static string Plain(MySqlTableBed bed) =>
        MySqlConnectionString.For(MySqlAddress.Parse($"{bed.Url}?pooling=false"), MySqlClientFactory.Instance);

    private static async Task<object?> ExecuteAsync(MySqlConnection connection, string sql)
    {
        await using var command = new MySqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancellation);
    }

    private sealed class PlainConnections(string connectionString) : ITableConnections
    {
        public async ValueTask<TableConnection> OpenAsync(bool forWrites, CancellationToken cancellationToken)
        {
            var connection = new MySqlConnection(connectionString);
            await connection.OpenAsync(cancellationToken);
            return new TableConnection(connection, connection);
        }
    }

    private sealed class OneConnection(DbConnection connection) : ITableConnections, IAsyncDisposable
    {
        public ValueTask<TableConnection> OpenAsync(bool forWrites, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new TableConnection(connection, this));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
