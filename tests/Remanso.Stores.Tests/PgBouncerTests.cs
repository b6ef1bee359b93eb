using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.Entries;
using Remanso.Postgres;
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

        Assert.All(errors, static exception => Assert.True(exception.IsTransient, exception.Message));
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
