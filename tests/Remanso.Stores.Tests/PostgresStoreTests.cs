using Npgsql;
using Remanso.Conformance.Servers;
using Remanso.Entries;
using Remanso.Stores;
using Xunit;

namespace Remanso.Stores.Tests;

public sealed class PostgresStoreTests(PostgresServer server) : IAsyncLifetime
{
    private readonly PostgresTestBed _bed = new(server);
    private IBackingStore<string, ReadOnlyMemory<byte>> _store = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _store = _bed.Provider.Create("default");
        await _store.InitializeAsync(Cancellation);
    }

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    [Fact]
    public async Task Overlapping_batches_of_many_workers_never_deadlock()
    {
        const int Workers = 8;
        const int Rounds = 25;
        var keys = Enumerable.Range(0, 400).Select(i => $"key:{i:D4}").ToArray();

        await Task.WhenAll(Enumerable.Range(0, Workers).Select(async worker =>
        {
            var random = new Random(worker);
            for (var round = 0; round < Rounds; round++)
            {
                // Any error fails the test, a deadlock too: nothing is tried again here.
                var version = (round * Workers) + worker;
                await _store.SaveAsync([.. keys.Where(_ => random.Next(2) == 0).Select(key => Write(key, version))], Cancellation);
            }
        }));

        Assert.NotEmpty(await _store.LoadAsync(keys, Cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task Updates_in_place_touch_no_index()
    {
        var keys = Enumerable.Range(0, 20).Select(i => $"key:{i:D2}").ToArray();
        for (var version = 1; version <= 10; version++)
            await _store.SaveAsync([.. keys.Select(key => Write(key, version))], Cancellation);

        // A backend reports its counts at its end, if not before.
        await _bed.Provider.DisposeAsync();
        var hot = await UntilAsync($"SELECT n_tup_hot_upd FROM pg_stat_user_tables WHERE relname = '{_bed.Table}'", count => count > 0);

        Assert.True(hot > keys.Length * 5, $"Only {hot} of {keys.Length * 9} updates were heap-only.");
    }

    [Fact]
    public async Task Keys_are_compared_as_bytes_and_values_are_not_compressed()
    {
        Assert.Equal("C", await _bed.ScalarAsync(
            $"""
            SELECT collname FROM pg_attribute JOIN pg_collation c ON c.oid = attcollation
            WHERE attrelid = '{_bed.Table}'::regclass AND attname = 'key'
            """));
        Assert.Equal('e', await _bed.ScalarAsync(
            $"SELECT attstorage FROM pg_attribute WHERE attrelid = '{_bed.Table}'::regclass AND attname = 'value'"));
    }

    [Fact]
    public async Task A_tombstone_holds_no_bytes()
    {
        await _store.SaveAsync([Write("k", 1)], Cancellation);
        await _store.SaveAsync([Write("k", 2) with { Deleted = true }], Cancellation);

        Assert.Equal(true, await _bed.ScalarAsync($"SELECT value IS NULL AND deleted AND version = 2 FROM {_bed.Table}"));
    }

    [Fact]
    public async Task A_batch_refused_only_at_commit_is_an_error_all_the_same()
    {
        await _bed.ExecuteAsync(
            $"""
            CREATE FUNCTION refuse_{_bed.Table}() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN RAISE check_violation USING MESSAGE = 'too late'; END $$;
            CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON {_bed.Table} DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW WHEN (NEW.key = 'm') EXECUTE FUNCTION refuse_{_bed.Table}();
            """);

        var exception = await Assert.ThrowsAsync<StoreException>(async () =>
            await _store.SaveAsync([Write("a", 1), Write("m", 1)], Cancellation));

        Assert.False(exception.IsTransient);
        Assert.Contains("too late", exception.Message, StringComparison.Ordinal);
        Assert.Empty(await _store.LoadAsync(["a", "m"], Cancellation));
    }

    [Fact]
    public async Task A_batch_too_large_for_one_statement_is_still_all_or_nothing()
    {
        var value = new byte[6 << 20];
        await _bed.RefuseAsync("z");

        await Assert.ThrowsAsync<StoreException>(async () => await _store.SaveAsync(
            [.. "abcdz".Select(key => Write(key.ToString(), 1) with { Value = value })], Cancellation));

        Assert.Empty(await _store.LoadAsync(["a", "b", "c", "d", "z"], Cancellation));
    }

    [Fact]
    public async Task A_table_dropped_while_running_is_transient_because_the_entries_are_not_at_fault()
    {
        await _bed.ExecuteAsync($"DROP TABLE {_bed.Table}");

        var exception = await Assert.ThrowsAsync<StoreException>(async () => await _store.SaveAsync([Write("k", 1)], Cancellation));
        Assert.True(exception.IsTransient);

        await _store.InitializeAsync(Cancellation);
        Assert.Equal([SaveOutcome.Applied], await _store.SaveAsync([Write("k", 1)], Cancellation));
    }

    [Fact]
    public async Task A_table_of_another_shape_stops_the_start()
    {
        await _bed.ExecuteAsync($"ALTER TABLE {_bed.Table} DROP COLUMN content_type");

        var exception = await Assert.ThrowsAsync<StoreException>(async () => await _store.InitializeAsync(Cancellation));

        Assert.False(exception.IsTransient);
        Assert.Contains("content_type", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_may_use_the_table_need_not_be_allowed_to_create_one()
    {
        var role = $"limited_{Guid.NewGuid():N}";
        await _bed.ExecuteAsync(
            $"CREATE ROLE {role} LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC; GRANT SELECT, INSERT, UPDATE ON {_bed.Table} TO {role}");
        var store = _bed.AnotherProcess(role).Create("default");

        await store.InitializeAsync(Cancellation);

        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("k", 1)], Cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_save_that_waits_for_a_lock_can_be_cancelled()
    {
        await _store.SaveAsync([Write("k", 1)], Cancellation);
        await using var foreign = new NpgsqlConnection(server.ConnectionString);
        await foreign.OpenAsync(Cancellation);
        await using var theirs = await foreign.BeginTransactionAsync(Cancellation);
        await using var hold = new NpgsqlCommand($"SELECT 1 FROM {_bed.Table} WHERE key = 'k' FOR UPDATE", foreign);
        await hold.ExecuteNonQueryAsync(Cancellation);

        using var source = new CancellationTokenSource();
        var save = _store.SaveAsync([Write("k", 2)], source.Token).AsTask();
        await UntilAsync(
            $"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%{_bed.Table}%'", count => count > 0);
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => save);
        Assert.Equal(1, (await _store.LoadAsync(["k"], Cancellation))[0].Version);
    }

    private static StoreWrite<string, ReadOnlyMemory<byte>> Write(string key, long version) =>
        new() { Key = key, Version = version, Value = "v"u8.ToArray(), ExpiresAt = CacheEntry.Never };

    /// <summary>Asks again until the answer satisfies; the time-out is the test's.</summary>
    private async Task<long> UntilAsync(string sql, Func<long, bool> isEnough)
    {
        while (true)
        {
            Cancellation.ThrowIfCancellationRequested();
            var count = (long)(await _bed.ScalarAsync(sql))!;
            if (isEnough(count))
                return count;
        }
    }
}
