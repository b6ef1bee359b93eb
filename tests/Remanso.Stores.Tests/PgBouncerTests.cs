using Npgsql;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.Entries;
using Remanso.Postgres;
using Remanso.Sql.Tables;
using Remanso.Stores;
using Remanso.Testing;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>PostgreSQL behind a pooler that gives every transaction another session.</summary>
public sealed class PgBouncerTests(PgBouncerServer server) : IClassFixture<PgBouncerServer>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_prepared_statements_every_save_and_load_goes_through()
    {
        await using var provider = new PostgresStoreProvider(PostgresAddress.Parse(server.Url + "?prepare=false"));
        var store = provider.Create("default");
        await store.InitializeAsync(Cancellation);

        await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(async worker =>
                {
                    for (var i = 0; i < 50; i++)
                    {
                        var key = $"plain{worker}:{i}";
                        Assert.Equal(SaveOutcomeKind.Applied, Assert.Single(await store.SaveAsync([Write(key)], Cancellation)).Kind);
                        Assert.Equal(key, Assert.Single(await store.LoadAsync([key], Cancellation)).Key);
                    }
                })
        );
    }

    [Fact]
    public async Task With_the_default_settings_nothing_is_prepared_and_the_log_says_what_to_set()
    {
        using var logger = new RecordingLog();
        await using var provider = new PostgresStoreProvider(PostgresAddress.Parse(server.Url), logger: logger);
        var store = provider.Create("default");
        await store.InitializeAsync(Cancellation);

        await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(async worker =>
                {
                    for (var i = 0; i < 50; i++)
                    {
                        var key = $"default{worker}:{i}";
                        Assert.Equal(SaveOutcomeKind.Applied, Assert.Single(await store.SaveAsync([Write(key)], Cancellation)).Kind);
                        Assert.Equal(key, Assert.Single(await store.LoadAsync([key], Cancellation)).Key);
                    }
                })
        );

        Assert.Equal(0L, await PreparedAsync(server.Url));
        var told = Assert.Single(logger.Lines, static line => line.Contains("pooler", StringComparison.Ordinal));
        Assert.All((string[])["prepare=false", "PreparesStatements", "UsePostgresTables(preparesStatements: false)"], way =>
            Assert.Contains(way, told, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Rows_of_two_tables_of_one_shape_stay_in_their_tables()
    {
        await using var direct = NpgsqlDataSource.Create(server.DirectConnectionString);
        foreach (var table in (string[])["one", "two"])
        {
            await using var create = direct.CreateCommand($"CREATE TABLE {table} (id int PRIMARY KEY, x text, v bigint)");
            await create.ExecuteNonQueryAsync(Cancellation);
        }

        using var logger = new RecordingLog();
        await Task.WhenAll(
            Enumerable
                .Range(0, 2)
                .Select(async process =>
                {
                    await using var provider = new PostgresStoreProvider(PostgresAddress.Parse(server.Url), logger: logger);
                    var stores = ((string[])["one", "two"]).ToDictionary(static table => table, table => Texts(provider, table));
                    foreach (var store in stores.Values)
                    {
                        await store.InitializeAsync(Cancellation);
                    }

                    await Task.WhenAll(
                        Enumerable
                            .Range(0, 8)
                            .Select(async worker =>
                            {
                                for (var i = 0; i < 20; i++)
                                {
                                    var (table, store) = stores.ElementAt((i + worker) % 2);
                                    var key = (((process * 8) + worker) * 100) + i;
                                    await store.SaveAsync([Row(key, table)], Cancellation);
                                    Assert.Equal(table, Assert.Single(await store.LoadAsync([key], Cancellation)).Value);
                                }
                            })
                    );
                })
        );

        await using var counted = direct.CreateCommand(
            "SELECT string_agg(DISTINCT x, ',') || count(*) FROM one UNION ALL SELECT string_agg(DISTINCT x, ',') || count(*) FROM two"
        );
        await using var reader = await counted.ExecuteReaderAsync(Cancellation);
        var found = new List<string>();
        while (await reader.ReadAsync(Cancellation))
        {
            found.Add(reader.GetString(0));
        }

        Assert.Equal(["one160", "two160"], found);
        Assert.Equal(2, logger.Lines.Count(static line => line.Contains("without prepared statements", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_pooler_that_has_no_transactions_stops_the_start_and_what_to_set_is_said()
    {
        await using var direct = new PostgresStoreProvider(PostgresAddress.Parse(server.DirectConnectionString));
        await direct.Create("default").InitializeAsync(Cancellation);
        await using var provider = new PostgresStoreProvider(PostgresAddress.Parse(server.StatementsUrl));

        var refused = await Assert.ThrowsAsync<StoreException>(() => provider.Create("default").InitializeAsync(Cancellation).AsTask());

        Assert.False(refused.IsTransient);
        Assert.Contains("set pool_mode of the pooler to transaction or session", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pooler_that_comes_between_later_is_seen_by_the_first_connection_through_it()
    {
        using var logger = new RecordingLog();
        var preparation = new PostgresPreparation(isWanted: true, "The database", logger);

        Assert.True(await PreparesAsync(server.DirectConnectionString));
        Assert.Empty(logger.Lines);
        Assert.False(await PreparesAsync(PostgresAddress.Parse(server.Url).ConnectionString));
        Assert.False(await PreparesAsync(PostgresAddress.Parse(server.SessionsUrl).ConnectionString));
        Assert.Single(logger.Lines);
        Assert.True(await PreparesAsync(server.DirectConnectionString));

        async Task<bool> PreparesAsync(string connectionString)
        {
            await using var source = NpgsqlDataSource.Create($"{connectionString};Pooling=false");
            await using var connection = await source.OpenConnectionAsync(Cancellation);
            await using var command = new NpgsqlCommand("SELECT 1", connection);
            await preparation.PrepareAsync(command, Cancellation);
            return command.IsPrepared;
        }
    }

    [Fact]
    public async Task Who_passes_no_notifications_on_is_not_taken_for_one_who_does()
    {
        using var logger = new RecordingLog();
        await using var provider = await ListenAsync(server.Url, logger);
        using var stop = new CancellationTokenSource();
        var listening = provider.Changes!.RunAsync(new RecordingChanges(), stop.Token);

        await Until.TrueAsync(
            () => logger.Lines.Any(static line => line.Contains("no notification comes through", StringComparison.Ordinal)),
            "the log says so"
        );

        Assert.DoesNotContain(logger.Lines, static line => line.Contains("is listened to", StringComparison.Ordinal));
        await stop.CancelAsync();
        await listening;
    }

    [Fact]
    public async Task That_none_come_through_is_not_told_day_and_night()
    {
        using var logger = new RecordingLog();
        var time = new ManualTimeProvider();
        var address = PostgresAddress.Parse(server.Url + "?prepare=false");
        await using var provider = await ListenAsync(server.Url, logger);
        await using var sources = PostgresSources.Of(address, new PostgresStoreOptions { ListenForChanges = true });
        var statements = new PostgresStatements(SqlTableName.Parse("cache_data"));
        var feed = new PostgresChangeFeed(sources, statements, time, logger, arrival: TimeSpan.FromMilliseconds(20));
        using var stop = new CancellationTokenSource();
        var listening = feed.RunAsync(new RecordingChanges(), stop.Token);

        for (var passed = TimeSpan.Zero; passed < TimeSpan.FromHours(2); passed += TimeSpan.FromSeconds(10))
        {
            await time.WaitForTimersAsync(1, patience: TimeSpan.FromMinutes(1));
            time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.InRange(
            logger.Lines.Count(static line => line.Contains("no notification comes through", StringComparison.Ordinal)),
            low: 15,
            high: 40
        );
        await stop.CancelAsync();
        await listening;
    }

    [Fact]
    public async Task Through_a_session_of_ones_own_changes_are_heard()
    {
        using var logger = new RecordingLog();
        await using var provider = await ListenAsync(server.SessionsUrl, logger);
        using var stop = new CancellationTokenSource();
        var changes = new RecordingChanges();
        var listening = provider.Changes!.RunAsync(changes, stop.Token);

        Assert.Equal("listening", await changes.NextAsync());
        await provider.Create("default").SaveAsync([Write("heard")], Cancellation);
        Assert.Equal("default heard", await changes.NextAsync());
        await stop.CancelAsync();
        await listening;
    }

    private static async Task<PostgresStoreProvider> ListenAsync(string url, RecordingLog logger)
    {
        var provider = new PostgresStoreProvider(
            PostgresAddress.Parse(url + "?prepare=false"),
            new PostgresStoreOptions { ListenForChanges = true },
            logger: logger
        );
        await provider.Create("default").InitializeAsync(Cancellation);
        return provider;
    }

    private static async Task<long> PreparedAsync(string url)
    {
        // One of the two sessions that all clients of the pooler share.
        await using var source = NpgsqlDataSource.Create(PostgresAddress.Parse(url).ConnectionString);
        await using var command = source.CreateCommand("SELECT count(*) FROM pg_prepared_statements");
        return (long)(await command.ExecuteScalarAsync(Cancellation))!;
    }

    private static IBackingStore<int, string> Texts(PostgresStoreProvider provider, string table) =>
        provider.Create(
            table,
            new TableMappingBuilder<int, string>()
                .Named(table)
                .Key("id")
                .Column(static text => text, "x")
                .Version("v")
                .AllowHardDeletes()
                .Build()
        );

    private static StoreWrite<int, string> Row(int key, string text) =>
        new()
        {
            Key = key,
            Version = 1,
            Value = text,
            ExpiresAt = CacheEntry.Never,
        };

    private static StoreWrite<string, ReadOnlyMemory<byte>> Write(string key) =>
        new()
        {
            Key = key,
            Version = 1,
            Value = "v"u8.ToArray(),
            ExpiresAt = CacheEntry.Never,
        };
}
