using System.Transactions;
using Npgsql;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Stores;
using Remanso.Postgres;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>What ends or changes under a connection in the pool is nobody's trouble; what a table does to rows is told.</summary>
public sealed class PostgresConnectionTests(PostgresServer server) : StoreConformance
{
    private PostgresTestBed Server => (PostgresTestBed)Bed;

    [Fact]
    public async Task A_connection_that_the_server_ended_is_replaced_before_anybody_hears_of_it()
    {
        await SaveAsync(Write("k", 1));
        await TerminateAsync();
        Assert.Equal(1, (await LoadExistingAsync("k")).Version);

        await TerminateAsync();
        Assert.Equal(SaveOutcomeKind.Applied, Assert.Single(await SaveAsync(Write("k", 2))).Kind);
        Assert.Equal(2, (await LoadExistingAsync("k")).Version);
    }

    [Fact]
    public async Task A_session_that_the_server_ended_for_idleness_is_replaced_before_anybody_hears_of_it()
    {
        var role = await Server.CreateAccountAsync("idle_session_timeout = '300ms'");
        var store = Server.AnotherProcess(role).Create("default");
        await store.SaveAsync([Write("k", 1)], Cancellation);
        for (var version = 2; version < 4; version++)
        {
            await Until.TrueAsync(async () => await Server.CountSessionsAsync(role) == 0, "the server ends its sessions");
            Assert.Equal(version - 1, Assert.Single(await store.LoadAsync(["k"], Cancellation)).Version);

            await Until.TrueAsync(async () => await Server.CountSessionsAsync(role) == 0, "the server ends its sessions");
            Assert.Equal(SaveOutcomeKind.Applied, Assert.Single(await store.SaveAsync([Write("k", version)], Cancellation)).Kind);
        }
    }

    [Fact]
    public async Task A_session_of_a_server_that_took_no_writes_is_replaced_before_anybody_hears_of_it()
    {
        var role = await Server.CreateAccountAsync("default_transaction_read_only = 'on'");
        var store = Server.AnotherProcess(role).Create("default");
        Assert.Empty(await store.LoadAsync(["k"], Cancellation));
        await Server.ExecuteAsync($"ALTER ROLE {role} RESET default_transaction_read_only");

        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("k", 1)], Cancellation));
    }

    [Fact]
    public async Task Inside_a_transaction_of_the_callers_a_load_sees_what_is_there_by_then()
    {
        await SaveAsync(Write("a", 1), Write("b", 1));
        AskAsCachesDo();
        using var scope = new TransactionScope(TransactionScopeAsyncFlowOption.Enabled);
        await LoadExistingAsync("a");
        using (new TransactionScope(TransactionScopeOption.Suppress, TransactionScopeAsyncFlowOption.Enabled))
        {
            await Server.ExecuteAsync($"UPDATE {Server.Table} SET version = 7 WHERE key = 'b'");
        }

        Assert.Equal(7, (await LoadExistingAsync("b")).Version);
    }

    [Fact]
    public async Task Where_all_connections_are_in_use_the_server_is_not_blamed()
    {
        await using var connections = NpgsqlDataSource.Create($"{server.ConnectionString};Maximum Pool Size=1;Timeout=1");
        await using var provider = new PostgresStoreProvider(connections, new PostgresStoreOptions());
        await using var held = await connections.OpenConnectionAsync(Cancellation);

        var exception = await Assert.ThrowsAsync<StoreException>(async () =>
            await provider.Create("default").LoadAsync(["k"], Cancellation)
        );

        Assert.True(exception.IsTransient);
        Assert.Contains("The connection pool has been exhausted", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_column_that_was_widened_is_read_at_once()
    {
        await SaveAsync(Write("k", 1, contentType: "text/plain"));
        await LoadExistingAsync("k");
        await Server.ExecuteAsync($"ALTER TABLE {Server.Table} ALTER COLUMN content_type TYPE varchar(200)");

        Assert.Equal("text/plain", (await LoadExistingAsync("k")).ContentType);
    }

    [Fact]
    public async Task A_trigger_that_holds_a_row_back_fails_its_save()
    {
        await SaveAsync(Write("k", 1));
        await TriggerAsync("IF NEW.key IN ('k', 'new') THEN RETURN NULL; END IF; RETURN NEW;");

        foreach (var key in new[] { "k", "new" })
        {
            var exception = await Assert.ThrowsAsync<StoreException>(async () => await SaveAsync(Write("other", 1), Write(key, 2)));
            Assert.Contains("trigger", exception.Message, StringComparison.Ordinal);
        }

        Assert.Equal(1, (await LoadExistingAsync("k")).Version);
    }

    [Fact]
    public async Task A_trigger_that_counts_versions_is_refused_at_first_sight_and_changes_nothing()
    {
        await TriggerAsync("IF TG_OP = 'UPDATE' THEN NEW.version := OLD.version + 1; END IF; RETURN NEW;");
        await SaveAsync(Write("k", 10));

        for (var i = 0; i < 2; i++)
        {
            var exception = await Assert.ThrowsAsync<StoreException>(async () => await SaveAsync(Write("k", 20, "newer")));
            Assert.True(exception.IsTransient);
            Assert.Contains("changes versions", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Row_level_security_on_one_row_fails_that_row_alone()
    {
        await SaveAsync(Write("hidden", 1));
        await Server.ExecuteAsync(
            $"ALTER TABLE {Server.Table} ENABLE ROW LEVEL SECURITY; CREATE POLICY most ON {Server.Table} USING (key <> "
                + "'hidden') WITH CHECK (key <> 'hidden')"
        );
        await using var limited = await Server.AnotherAccountAsync();
        var store = limited.Create("default");

        await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Write("hidden", 2)], Cancellation));
        Assert.Equal(SaveOutcomeKind.Applied, Assert.Single(await store.SaveAsync([Write("seen", 2)], Cancellation)).Kind);
    }

    private ValueTask TriggerAsync(string body) =>
        Server.ExecuteAsync(
            $"""
            CREATE FUNCTION change_{Server.Table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$;
            CREATE TRIGGER change BEFORE INSERT OR UPDATE ON {Server.Table} FOR EACH ROW EXECUTE FUNCTION change_{Server.Table}();
            """
        );

    // Of the sessions that prepared a statement for this table.
    private ValueTask TerminateAsync() =>
        Server.ExecuteAsync(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query "
                + $"LIKE '%{Server.Table}%'"
        );

    private protected override ValueTask<StoreTestBed> CreateBedAsync() => ValueTask.FromResult<StoreTestBed>(new PostgresTestBed(server));
}
