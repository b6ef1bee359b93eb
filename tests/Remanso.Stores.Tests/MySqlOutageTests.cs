using System.Data.Common;
using System.Globalization;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Stores.Servers;
using Remanso.MySql;
using Remanso.Testing;
using Xunit;

namespace Remanso.Stores.Tests;

public sealed class MySqlOutageTests : ServerOutageConformance
{
    private readonly MariaDbServer _server;

    public MySqlOutageTests()
        : this(new MariaDbServer()) { }

    private MySqlOutageTests(MariaDbServer server)
        : base(server) => _server = server;

    [Fact(Timeout = 60_000)]
    public async Task A_server_killed_in_the_midst_of_a_batch_has_none_of_it_and_takes_it_again()
    {
        await using var provider = CreateProvider();
        var store = provider.Create("default");
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Write("m", 1)], Cancellation);
        await using var foreign = MySqlTestBed.Connect(_server, "pooling=false");
        await using var holder = await foreign.OpenConnectionAsync(Cancellation);
        await using var hold = holder.CreateCommand();
        hold.CommandText = "BEGIN; UPDATE remanso.cache_data SET updated_at = 0 WHERE `key` = 'm'";
        await hold.ExecuteNonQueryAsync(Cancellation);

        // The batch has inserted a, and waits for m.
        var save = store.SaveAsync([Write("a", 2), Write("m", 2)], Cancellation).AsTask();
        // Not innodb_trx: the server renews that picture only for those who leave it alone for a tenth of a second.
        await using var watch = foreign.CreateCommand(
            "SELECT COUNT(*) FROM information_schema.processlist WHERE command = 'Query' AND info LIKE 'INSERT%cache_data%' "
                + "AND time_ms > 200"
        );
        await Until.TrueAsync(
            async () => Convert.ToInt32(await watch.ExecuteScalarAsync(Cancellation), CultureInfo.InvariantCulture) == 1,
            "the batch waits for the lock"
        );
        await _server.KillAsync();

        await AssertTransientAsync(() => save);

        await _server.StartAsync();
        Assert.Empty(await store.LoadAsync(["a"], Cancellation));
        Assert.Equal([SaveOutcome.Applied, SaveOutcome.Applied], await store.SaveAsync([Write("a", 2), Write("m", 2)], Cancellation));
        Assert.Equal(
            [SaveOutcome.AlreadyStored, SaveOutcome.AlreadyStored],
            await store.SaveAsync([Write("a", 2), Write("m", 2)], Cancellation)
        );
    }

    [Fact(Timeout = 60_000)]
    public async Task A_server_that_takes_no_writes_any_more_is_not_believed_on_the_same_connection()
    {
        await using var provider = CreateProvider();
        var store = provider.Create("default");
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Write("k", 1)], Cancellation);
        await using var foreign = MySqlTestBed.Connect(_server, "pooling=false");
        var before = await SessionsAsync(foreign);
        Assert.NotEmpty(before);

        await ExecuteAsync(foreign, "SET GLOBAL read_only = 1");
        await AssertTransientAsync(() => store.SaveAsync([Write("k", 2)], Cancellation).AsTask());

        await Until.TrueAsync(async () => !(await SessionsAsync(foreign)).Intersect(before).Any(), "the old sessions end");
        await ExecuteAsync(foreign, "SET GLOBAL read_only = 0");
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("k", 2)], Cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_session_that_takes_no_writes_is_replaced_before_anybody_hears_of_it()
    {
        await using var provider = CreateProvider();
        var store = provider.Create("default");
        await store.InitializeAsync(Cancellation);
        await using var foreign = MySqlTestBed.Connect(_server, "pooling=false");
        await ExecuteAsync(foreign, "SET GLOBAL tx_read_only = 1");
        // MySql.Data has one pool for each connection string.
        await using var other = new MySqlStoreProvider(MySqlAddress.Parse($"{_server.AccountUrl}?connectiontimeout=14"));
        Assert.Empty(await other.Create("default").LoadAsync(["k"], Cancellation));
        await ExecuteAsync(foreign, "SET GLOBAL tx_read_only = 0");

        Assert.Equal([SaveOutcome.Applied], await other.Create("default").SaveAsync([Write("k", 1)], Cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_server_that_hangs_is_a_transient_error_when_the_time_is_over()
    {
        var time = new ManualTimeProvider();
        await using var provider = new MySqlStoreProvider(MySqlAddress.Parse(_server.AccountUrl), time: time);
        var store = provider.Create("default");
        await store.InitializeAsync(Cancellation);

        _server.Freeze();
        var save = store.SaveAsync([Write("k", 1)], Cancellation).AsTask();
        Assert.False(save.IsCompleted);
        await Until.TrueAsync(
            () =>
            {
                // Opening the connection and the save itself have 30 s each.
                time.Advance(TimeSpan.FromSeconds(31));
                return save.IsCompleted;
            },
            "the save is given up"
        );
        await AssertTransientAsync(() => save);

        _server.Thaw();
        Assert.Contains(
            Assert.Single(await store.SaveAsync([Write("k", 1)], Cancellation)),
            (SaveOutcome[])[SaveOutcome.Applied, SaveOutcome.AlreadyStored]
        );
    }

    private static async Task ExecuteAsync(DbDataSource foreign, string sql)
    {
        await using var command = foreign.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private static async Task<List<long>> SessionsAsync(DbDataSource foreign)
    {
        await using var command = foreign.CreateCommand("SELECT id FROM information_schema.processlist WHERE user = 'remanso'");
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        var ids = new List<long>();
        while (await reader.ReadAsync(Cancellation))
        {
            ids.Add(Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture));
        }

        return ids;
    }

    private protected override IStoreProvider CreateProvider() => new MySqlStoreProvider(MySqlAddress.Parse(_server.AccountUrl));
}
