using Npgsql;
using Remanso.Conformance.Servers;
using Remanso.Entries;
using Remanso.Postgres;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>An address with several hosts, of which one takes writes.</summary>
public sealed class PostgresHostsTests(PostgresServer server)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("?target_session_attrs=read-write")]
    public async Task The_host_that_takes_writes_is_used_though_another_comes_first(string query)
    {
        await using var first = new PostgresServer();
        await first.InitializeAsync();
        await using (var foreign = NpgsqlDataSource.Create($"{first.ConnectionString};Pooling=false"))
        {
            foreach (var sql in (string[])["ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()"])
            {
                await using var command = foreign.CreateCommand(sql);
                await command.ExecuteNonQueryAsync(Cancellation);
            }

            await using var shown = foreign.CreateCommand("SHOW default_transaction_read_only");
            await Until.TrueAsync(async () => await shown.ExecuteScalarAsync(Cancellation) is "on", "the first takes no writes");
        }

        await using var bed = new PostgresTestBed(server);
        var hosts = server.RoleUrl.Replace("@", $"@127.0.0.1:{first.Port},", StringComparison.Ordinal);
        var changes = new RecordingChanges();
        using var stop = new CancellationTokenSource();
        await using var provider = new PostgresStoreProvider(
            PostgresAddress.Parse(hosts + query),
            new PostgresStoreOptions { Table = SqlTableName.Parse(bed.Table), ListenForChanges = true }
        );
        var store = provider.Create("default");
        await store.InitializeAsync(Cancellation);
        var listening = provider.Changes!.RunAsync(changes, stop.Token);

        Assert.Equal("listening", await changes.NextAsync());
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("k")], Cancellation));

        Assert.Equal("k", Assert.Single(await bed.Provider.Create("default").LoadAsync(["k"], Cancellation)).Key);
        await stop.CancelAsync();
        await listening;
    }

    [Theory]
    [InlineData("postgres://app@127.0.0.1:1,127.0.0.1:2/postgres", "does not answer")]
    [InlineData("postgres://postgres@127.0.0.1:{port},localhost:{port}/postgres?target_session_attrs=standby", "target_session_attrs")]
    public async Task A_start_waits_for_a_host_that_will_do(string address, string reason)
    {
        await using var provider = new PostgresStoreProvider(
            PostgresAddress.Parse(address.Replace("{port}", $"{server.Port}", StringComparison.Ordinal))
        );

        var exception = await Assert.ThrowsAsync<StoreException>(async () =>
            await provider.Create("default").InitializeAsync(Cancellation)
        );

        Assert.True(exception.IsTransient, exception.Message);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    [Theory]
    [InlineData("any")]
    [InlineData("primary")]
    [InlineData("read-write")]
    [InlineData("prefer-standby")]
    public async Task With_a_single_host_there_is_nothing_to_choose(string wish)
    {
        await using var bed = new PostgresTestBed(server);
        await using var provider = new PostgresStoreProvider(
            PostgresAddress.Parse($"{server.RoleUrl}?target_session_attrs={wish}"),
            new PostgresStoreOptions { Table = SqlTableName.Parse(bed.Table) }
        );
        var store = provider.Create("default");

        await store.InitializeAsync(Cancellation);

        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("k")], Cancellation));
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
