using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.Entries;
using Remanso.Postgres;
using Remanso.Testing;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>What others change in the table, and who hears of it.</summary>
public sealed class PostgresChangeTests(PostgresServer server) : IAsyncLifetime
{
    private const long Now = 1_800_000_000_000_000;

    private readonly PostgresTestBed _bed = new(server);
    private readonly RecordingChanges _changes = new();
    private readonly CancellationTokenSource _stop = new();
    private PostgresStoreProvider _provider = null!;
    private IBackingStore<string, ReadOnlyMemory<byte>> _store = null!;
    private Task _listening = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        var options = new PostgresStoreOptions { Table = SqlTableName.Parse("remanso." + _bed.Table), ListenForChanges = true };
        _provider = new PostgresStoreProvider(PostgresAddress.Parse(server.RoleConnectionString), options);
        _store = _provider.Create("default");
        await _store.InitializeAsync(CancellationToken.None);
        _listening = _provider.Changes!.RunAsync(_changes, _stop.Token);
        Assert.Equal("listening", await _changes.NextAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _listening;
        _stop.Dispose();
        await _provider.DisposeAsync();
        await _bed.DisposeAsync();
    }

    [Fact]
    public async Task A_connection_whose_trial_failed_goes_back_to_its_pool_listening_to_nothing()
    {
        // One connection: there is none to send the trial from.
        await using var connections = NpgsqlDataSource.Create(
            $"{server.RoleConnectionString};Maximum Pool Size=1;Timeout=1;No Reset On Close=true"
        );
        using var log = new RecordingLog();
        await using var provider = new PostgresStoreProvider(
            connections,
            new PostgresStoreOptions { Table = SqlTableName.Parse("remanso." + _bed.Table), ListenForChanges = true },
            logger: log
        );
        using var stop = new CancellationTokenSource();
        var listening = provider.Changes!.RunAsync(new RecordingChanges(), stop.Token);
        await Until.TrueAsync(() => !log.Lines.IsEmpty, "the trial has failed");
        await stop.CancelAsync();
        await listening;

        await using var command = connections.CreateCommand("SELECT count(*) FROM pg_listening_channels()");
        Assert.Equal(0L, await command.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Remansos_own_writes_are_not_told_of()
    {
        await SaveAsync("k", Now);
        await SaveAsync("k", Now + 1);
        await SaveAsync("k", Now);
        await _store.SaveAsync([Write("k", Now + 2) with { Deleted = true }], CancellationToken.None);
        Assert.Equal(["default end"], await HeardAsync());
    }

    [Fact]
    public async Task An_update_that_leaves_the_version_is_told_of()
    {
        await SaveAsync("k", Now);
        await _bed.ExecuteAsync($"UPDATE {_bed.Table} SET value = 'theirs'");
        await _bed.ExecuteAsync($"UPDATE {_bed.Table} SET version = 7");
        Assert.Equal(["default k", "default k", "default end"], await HeardAsync());
    }

    [Fact]
    public async Task Inserts_deletes_and_changes_of_keys_are_told_of()
    {
        await _bed.ExecuteAsync(Insert("'blé d''or: \"麦\"'"));
        await _bed.ExecuteAsync($"UPDATE {_bed.Table} SET key = 'new', cache = 'other'");
        await _bed.ExecuteAsync($"DELETE FROM {_bed.Table}");
        Assert.Equal(["default blé d'or: \"麦\"", "default blé d'or: \"麦\"", "other new", "other new", "default end"], await HeardAsync());
    }

    [Fact]
    public async Task What_is_rolled_back_is_not_told_of()
    {
        await SaveAsync("k", Now);
        await _bed.ExecuteAsync($"BEGIN; UPDATE {_bed.Table} SET value = 'theirs'; ROLLBACK");
        Assert.Equal(["default end"], await HeardAsync());
    }

    [Fact]
    public async Task A_truncation_says_that_everything_changed()
    {
        await _bed.ExecuteAsync($"TRUNCATE {_bed.Table}");
        Assert.Equal(["every cache: all", "default end"], await HeardAsync());
    }

    [Fact]
    public async Task Many_rows_in_one_transaction_are_told_of_as_a_whole()
    {
        await _bed.ExecuteAsync(Insert("'key:' || n") + " FROM generate_series(1, 5000) n");
        var heard = await HeardAsync();
        Assert.Contains("default: all", heard);
        Assert.InRange(heard.Count, 2, 1002);
    }

    [Fact]
    public async Task Rows_that_can_be_in_no_cache_hinder_nobody()
    {
        await _bed.ExecuteAsync(Insert("repeat('k', 9000)"));
        await _bed.ExecuteAsync(Insert("repeat(chr(1), 1024)"));
        await _bed.ExecuteAsync(Insert("'k'", cache: "repeat('c', 9000)"));
        Assert.Equal(["default: all", "default " + new string('\x1', 1024), "default end"], await HeardAsync());
    }

    [Theory]
    [InlineData("no json")]
    [InlineData("[]")]
    [InlineData("""{"key":"k"}""")]
    [InlineData("""{"cache":1}""")]
    [InlineData("""{"cache":"default","key":null}""")]
    [InlineData("""{"cache":"default","key":"\ud800"}""")]
    [InlineData("")]
    public async Task What_is_no_notification_of_ours_is_ignored(string payload)
    {
        await _bed.ExecuteAsync($"SELECT pg_notify('remanso_' || '{_bed.Table}'::regclass::oid, '{payload}')");
        Assert.Equal(["default end"], await HeardAsync());
    }

    [Fact]
    public async Task After_a_lost_connection_it_listens_again_and_says_so()
    {
        await SaveAsync("k", Now);
        await _bed.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query = '{await ListenAsync()}'");
        Assert.Equal("listening again", await _changes.NextAsync());
        await _bed.ExecuteAsync($"UPDATE {_bed.Table} SET value = 'theirs'");
        Assert.Equal("default k", await _changes.NextAsync());
    }

    [Fact]
    public async Task A_table_that_was_dropped_and_made_again_is_listened_to()
    {
        await using var sources = PostgresSources.Of(
            PostgresAddress.Parse(server.RoleConnectionString),
            new PostgresStoreOptions { ListenForChanges = true }
        );
        var statements = new PostgresStatements(SqlTableName.Parse("remanso." + _bed.Table));
        var silence = TimeSpan.FromMilliseconds(20);
        var feed = new PostgresChangeFeed(sources, statements, TimeProvider.System, NullLogger.Instance, silence);
        var changes = new RecordingChanges();
        using var stop = new CancellationTokenSource();
        var listening = feed.RunAsync(changes, stop.Token);
        Assert.Equal("listening", await changes.NextAsync());

        await _bed.ExecuteAsync($"DROP TABLE {_bed.Table}");
        await _store.InitializeAsync(CancellationToken.None);
        Assert.Equal("listening again", await changes.NextAsync());
        await _bed.ExecuteAsync(Insert("'k'"));
        Assert.Equal("default k", await changes.NextAsync());
        await stop.CancelAsync();
        await listening;
    }

    [Fact]
    public async Task Triggers_that_are_disabled_are_told_of_and_copies_are_in_doubt_until_they_are_back()
    {
        await using var sources = PostgresSources.Of(
            PostgresAddress.Parse(server.RoleConnectionString),
            new PostgresStoreOptions { ListenForChanges = true }
        );
        var statements = new PostgresStatements(SqlTableName.Parse("remanso." + _bed.Table));
        using var log = new RecordingLog();
        var feed = new PostgresChangeFeed(sources, statements, TimeProvider.System, log, silence: TimeSpan.FromMilliseconds(20));
        var changes = new RecordingChanges();
        using var stop = new CancellationTokenSource();
        var listening = feed.RunAsync(changes, stop.Token);
        Assert.Equal("listening", await changes.NextAsync());

        // One of the owner's, which is off on purpose.
        await _bed.ExecuteAsync(
            $"CREATE TRIGGER own BEFORE UPDATE ON {_bed.Table} FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()"
        );
        await _bed.ExecuteAsync($"ALTER TABLE {_bed.Table} DISABLE TRIGGER ALL");
        await Until.TrueAsync(() => log.Lines.Any(IsOfTriggers), "the log tells of the triggers");
        await _bed.ExecuteAsync(Insert("'unheard'"));
        var told = Assert.Single(log.Lines, IsOfTriggers);
        await _bed.ExecuteAsync(told[told.IndexOf("ALTER TABLE", StringComparison.Ordinal)..told.LastIndexOf('(')]);
        Assert.Equal("listening again", await changes.NextAsync());
        await _bed.ExecuteAsync(Insert("'k'"));
        Assert.Equal("default k", await changes.NextAsync());

        Assert.Single(log.Lines, IsOfTriggers);
        Assert.Equal(
            'D',
            await _bed.ScalarAsync($"SELECT tgenabled FROM pg_trigger WHERE tgrelid = '{_bed.Table}'::regclass AND tgname = 'own'")
        );
        await stop.CancelAsync();
        await listening;
    }

    [Fact]
    public async Task Triggers_that_were_dropped_are_told_of_and_nobody_is_asked_to_enable_them()
    {
        await _bed.ExecuteAsync($"DROP TRIGGER remanso_updated ON {_bed.Table}");
        await using var sources = PostgresSources.Of(
            PostgresAddress.Parse(server.RoleConnectionString),
            new PostgresStoreOptions { ListenForChanges = true }
        );
        using var log = new RecordingLog();
        var statements = new PostgresStatements(SqlTableName.Parse("remanso." + _bed.Table));
        var feed = new PostgresChangeFeed(sources, statements, TimeProvider.System, log);
        using var stop = new CancellationTokenSource();
        var listening = feed.RunAsync(new RecordingChanges(), stop.Token);
        await Until.TrueAsync(() => log.Lines.Any(IsOfTriggers), "the log tells of the triggers");

        var told = Assert.Single(log.Lines, IsOfTriggers);
        Assert.Contains("Restart one process", told, StringComparison.Ordinal);
        Assert.DoesNotContain("ENABLE", told, StringComparison.Ordinal);
        await stop.CancelAsync();
        await listening;
    }

    [Fact]
    public async Task A_trial_that_fails_once_after_a_long_outage_is_made_again_soon()
    {
        var role = await _bed.CreateAccountAsync();
        await _bed.ExecuteAsync($"ALTER ROLE {role} NOLOGIN");
        await using var sources = PostgresSources.Of(
            PostgresAddress.Parse($"{server.RoleConnectionString};Username={role}"),
            new PostgresStoreOptions { ListenForChanges = true }
        );
        using var log = new RecordingLog();
        var time = new ManualTimeProvider();
        var statements = new PostgresStatements(SqlTableName.Parse("remanso." + _bed.Table));
        var feed = new PostgresChangeFeed(sources, statements, time, log, arrival: TimeSpan.Zero);
        using var stop = new CancellationTokenSource();
        var listening = feed.RunAsync(new RecordingChanges(), stop.Token);
        for (var failed = 1; failed <= 15; failed++)
        {
            await time.WaitForTimersAsync(1, patience: TimeSpan.FromMinutes(1));
            if (failed == 15)
            {
                await _bed.ExecuteAsync($"ALTER ROLE {role} LOGIN");
            }

            time.Advance(TimeSpan.FromSeconds(10));
        }

        await Until.TrueAsync(() => log.Lines.Any(IsOfTrial), "the trial has failed");

        Assert.Contains("trying again in 00:00:00", log.Lines.First(IsOfTrial), StringComparison.Ordinal);
        await stop.CancelAsync();
        await listening;

        static bool IsOfTrial(string line) => line.Contains("no notification comes through", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_without_the_right_to_make_triggers_can_use_those_that_are_there()
    {
        var role = await _bed.CreateAccountAsync();
        var options = new PostgresStoreOptions { Table = SqlTableName.Parse(_bed.Table), ListenForChanges = true };
        await using var limited = new PostgresStoreProvider(
            PostgresAddress.Parse($"{server.RoleConnectionString};Username={role}"),
            options
        );
        await limited.Create("default").InitializeAsync(CancellationToken.None);

        await _bed.ExecuteAsync($"DROP TRIGGER remanso_updated ON {_bed.Table}");
        var error = await Assert.ThrowsAsync<StoreException>(async () =>
            await limited.Create("default").InitializeAsync(CancellationToken.None)
        );
        Assert.False(error.IsTransient);
    }

    [Fact]
    public async Task A_cache_serves_the_row_as_others_left_it()
    {
        await using var services = CacheServices();
        var hosted = services.GetServices<IHostedService>().ToArray();
        foreach (var service in hosted)
        {
            await service.StartAsync(CancellationToken.None);
        }

        var cache = services.GetRequiredService<ICache<string, string>>();
        await WhenListeningAsync(listeners: 2);
        await cache.SetAsync("k", "ours", new WriteOptions { Durability = Durability.Stored });
        Assert.False((await cache.GetAsync("absent")).Found);
        await cache.SetAsync("dirty", "ours");

        await _bed.ExecuteAsync($"UPDATE {_bed.Table} SET value = 'theirs' WHERE key = 'k'");
        await _bed.ExecuteAsync(Insert("'absent'"));

        await Until.TrueAsync(async () => (await cache.GetAsync("k")).Value == "theirs", "the row of others is read");
        await Until.TrueAsync(async () => (await cache.GetAsync("absent")).Value == "v", "the new row is read");
        Assert.Equal("ours", (await cache.GetAsync("dirty")).Value);
        foreach (var service in hosted)
        {
            await service.StopAsync(CancellationToken.None);
        }
    }

    private static bool IsOfTriggers(string line) => line.Contains("missing or disabled", StringComparison.Ordinal);

    private ServiceProvider CacheServices()
    {
        var services = new ServiceCollection();
        services
            .AddRemanso()
            .UsePostgres(server.RoleConnectionString, options =>
                (options.Table, options.ListenForChanges) = (SqlTableName.Parse(_bed.Table), true)
            )
            .AddCache<string, string>("default", static cache => cache.Options.Ttl.Base = TimeSpan.FromHours(1));
        return services.BuildServiceProvider();
    }

    private async Task<string> ListenAsync() => $"LISTEN \"remanso_{await _bed.ScalarAsync($"SELECT '{_bed.Table}'::regclass::oid")}\"";

    private async Task WhenListeningAsync(int listeners = 1)
    {
        var query = $"SELECT count(*) FROM pg_stat_activity WHERE state = 'idle' AND query = '{await ListenAsync()}'";
        await Until.TrueAsync(async () => (long)(await _bed.ScalarAsync(query))! >= listeners, $"{listeners} listen");
    }

    private string Insert(string key, string cache = "'default'") =>
        $"INSERT INTO {_bed.Table} (cache, key, version, updated_at, deleted, value) SELECT {cache}, {key}, 0, 0, false, 'v'";

    private async Task SaveAsync(string key, long version) => await _store.SaveAsync([Write(key, version)], CancellationToken.None);

    /// <summary>Everything heard so far, and a mark behind it: notifications come in the order of their commits.</summary>
    private async Task<List<string>> HeardAsync()
    {
        await _bed.ExecuteAsync(Insert("'end'"));
        return await _changes.UntilAsync("default end");
    }

    private static StoreWrite<string, ReadOnlyMemory<byte>> Write(string key, long version) =>
        new()
        {
            Key = key,
            Version = version,
            Value = "v"u8.ToArray(),
            ExpiresAt = CacheEntry.Never,
        };
}
