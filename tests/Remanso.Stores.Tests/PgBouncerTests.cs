using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.Entries;
using Remanso.Postgres;
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
    public async Task With_prepared_statements_no_error_is_held_against_a_row_and_the_start_says_what_to_do()
    {
        using var logger = new RecordingLog();
        await using var provider = new PostgresStoreProvider(PostgresAddress.Parse(server.Url), logger: logger);
        var store = provider.Create("default");
        await store.InitializeAsync(Cancellation);
        Assert.Contains(logger.Lines, static line => line.Contains("prepare=false", StringComparison.Ordinal));

        var errors = new ConcurrentBag<StoreException>();
        await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(async worker =>
                {
                    for (var i = 0; i < 50; i++)
                    {
                        try
                        {
                            await store.SaveAsync([Write($"prepared{worker}:{i}")], Cancellation);
                            await store.LoadAsync([$"prepared{worker}:{i}"], Cancellation);
                        }
                        catch (StoreException exception)
                        {
                            errors.Add(exception);
                        }
                    }
                })
        );

        Assert.NotEmpty(errors);
        Assert.All(errors, static exception => Assert.True(exception.IsTransient, exception.Message));
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

    private static StoreWrite<string, ReadOnlyMemory<byte>> Write(string key) =>
        new()
        {
            Key = key,
            Version = 1,
            Value = "v"u8.ToArray(),
            ExpiresAt = CacheEntry.Never,
        };
}
