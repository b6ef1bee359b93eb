using System.Globalization;
using System.Text;
using Remanso.Conformance.Servers;
using Remanso.Entries;
using Remanso.Stores;
using Xunit;

namespace Remanso.Stores.Tests;

public sealed class MySqlStoreTests(MariaDbServer server) : IAsyncLifetime
{
    private readonly MySqlTestBed _bed = new(server);
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

    [Fact]
    public async Task A_stale_batch_changes_no_column()
    {
        const string Columns = "SELECT GROUP_CONCAT(HEX(`key`), version, IFNULL(expires_at, '-'), updated_at, save_id, deleted, HEX(content_type), HEX(value) ORDER BY `key`)";
        await _store.SaveAsync([.. "abc".Select(key => Write(key.ToString(), 5) with { ContentType = "text/plain", ExpiresAt = 50 })], Cancellation);
        var before = await _bed.ScalarAsync($"{Columns} FROM {_bed.Table}");

        var outcomes = await _store.SaveAsync(
            [
                Write("a", 4) with { Value = "stale"u8.ToArray(), ContentType = "text/html", ExpiresAt = 40 },
                Write("b", 4) with { Deleted = true },
                Write("c", 5) with { Value = "twin"u8.ToArray(), ContentType = null },
            ],
            Cancellation);

        Assert.Equal([SaveOutcome.Superseded(5), SaveOutcome.Superseded(5), SaveOutcome.AlreadyStored], outcomes);
        Assert.Equal(before, await _bed.ScalarAsync($"{Columns} FROM {_bed.Table}"));
    }

    [Fact]
    public async Task A_second_unique_key_stops_the_start()
    {
        await _bed.ExecuteAsync($"ALTER TABLE {_bed.Table} ADD UNIQUE KEY one_version (version)");

        await AssertRefusedAtStartAsync("has a second unique key, one_version");
    }

    [Fact]
    public async Task Another_primary_key_stops_the_start()
    {
        await _bed.ExecuteAsync($"ALTER TABLE {_bed.Table} DROP PRIMARY KEY, ADD PRIMARY KEY (`key`)");

        await AssertRefusedAtStartAsync("must have the primary key (cache, `key`)");
    }

    [Fact]
    public async Task An_engine_without_transactions_stops_the_start()
    {
        // The keys are shortened only because this engine has room for less.
        await _bed.ExecuteAsync($"ALTER TABLE {_bed.Table} MODIFY cache VARBINARY(64) NOT NULL, MODIFY `key` VARBINARY(512) NOT NULL, ENGINE = MyISAM");

        await AssertRefusedAtStartAsync("MyISAM");
    }

    [Fact]
    public async Task A_table_of_another_shape_stops_the_start()
    {
        await _bed.ExecuteAsync($"ALTER TABLE {_bed.Table} DROP COLUMN content_type");

        await AssertRefusedAtStartAsync("content_type");
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
    public async Task An_account_that_may_use_the_table_need_not_be_allowed_to_create_one()
    {
        var user = $"limited_{Guid.NewGuid():N}";
        await _bed.ExecuteAsync($"CREATE USER {user}@'127.0.0.1' IDENTIFIED BY 'p@ss/w?rd'; GRANT SELECT, INSERT, UPDATE ON test.{_bed.Table} TO {user}@'127.0.0.1'");
        var store = _bed.AnotherProcess(server.Url.Replace("root@", $"{user}:p%40ss%2Fw%3Frd@", StringComparison.Ordinal)).Create("default");

        await store.InitializeAsync(Cancellation);

        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("k", 1)], Cancellation));
    }

    [Theory]
    [InlineData("character set=latin1")]
    [InlineData("character set=utf8mb4")]
    public async Task Text_of_four_bytes_comes_back_whole_whatever_the_driver_talks_in(string parameter)
    {
        const string Text = "emoji \U0001F600 \u65e5\u672c";
        var store = _bed.AnotherProcess($"{server.Url}?{parameter}").Create("caf\u00e9-\U0001F600");

        await store.SaveAsync([Write(Text, 1) with { ContentType = Text, Value = Encoding.UTF8.GetBytes(Text) }], Cancellation);

        var row = Assert.Single(await store.LoadAsync([Text], Cancellation));
        Assert.Equal((Text, Text, Text), (row.Key, row.ContentType, Encoding.UTF8.GetString(row.Value.Span)));
        Assert.Equal(Convert.ToHexString(Encoding.UTF8.GetBytes(Text)), await _bed.ScalarAsync($"SELECT HEX(`key`) FROM {_bed.Table}"));
    }

    [Fact]
    public async Task A_batch_too_large_for_one_statement_is_still_all_or_nothing()
    {
        var value = new byte[6 << 20];
        await _bed.RefuseAsync("z");

        await Assert.ThrowsAsync<StoreException>(async () => await _store.SaveAsync(
            [.. "abcdz".Select(key => Write(key.ToString(), 1) with { Value = key == 'z' ? value.AsMemory(0, 1) : value })], Cancellation));

        Assert.Empty(await _store.LoadAsync(["a", "b", "c", "d", "z"], Cancellation));
    }

    [Fact]
    public async Task A_value_above_the_largest_packet_is_refused_for_good_and_the_store_goes_on()
    {
        var packet = Convert.ToInt32(await _bed.ScalarAsync("SELECT @@max_allowed_packet"), CultureInfo.InvariantCulture);

        var exception = await Assert.ThrowsAsync<StoreException>(async () =>
            await _store.SaveAsync([Write("a", 1), Write("b", 1) with { Value = new byte[packet] }], Cancellation));

        Assert.False(exception.IsTransient);
        Assert.Contains("max_allowed_packet", exception.Message, StringComparison.Ordinal);
        Assert.Equal([SaveOutcome.Applied], await _store.SaveAsync([Write("a", 1)], Cancellation));
    }

    [Fact]
    public async Task A_load_of_many_keys_looks_only_at_their_rows()
    {
        var keys = Enumerable.Range(0, 5_000).Select(i => $"key:{i:D5}").ToArray();
        await _store.SaveAsync([.. keys.Select(key => Write(key, 1))], Cancellation);
        await _bed.ExecuteAsync($"ANALYZE TABLE {_bed.Table}");
        var list = string.Join(',', keys.Take(999).Select(key => $"x'{Convert.ToHexString(Encoding.UTF8.GetBytes(key))}'"));

        await using var connection = await _bed.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"EXPLAIN SELECT value FROM {_bed.Table} WHERE cache = x'{Convert.ToHexString("default"u8)}' AND `key` IN ({list})";
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        Assert.True(await reader.ReadAsync(Cancellation));

        Assert.Equal("range", reader["type"]);
        Assert.Equal(999, Convert.ToInt32(reader["rows"], CultureInfo.InvariantCulture));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_save_that_waits_for_a_lock_can_be_cancelled()
    {
        await _store.SaveAsync([Write("k", 1)], Cancellation);
        await using var foreign = await _bed.OpenAsync();
        await using var theirs = await foreign.BeginTransactionAsync(Cancellation);
        await using var hold = foreign.CreateCommand();
        hold.CommandText = $"SELECT 1 FROM {_bed.Table} FOR UPDATE";
        await hold.ExecuteScalarAsync(Cancellation);

        using var source = new CancellationTokenSource();
        var save = _store.SaveAsync([Write("k", 2)], source.Token).AsTask();
        await Until.TrueAsync(() => IsWaitingAsync(true), "the save waits for the lock");
        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => save);
        await Until.TrueAsync(() => IsWaitingAsync(false), "the server has ended what was given up");
        await theirs.RollbackAsync(Cancellation);
        Assert.Equal(1, (await _store.LoadAsync(["k"], Cancellation))[0].Version);
        Assert.Equal([SaveOutcome.Applied], await _store.SaveAsync([Write("k", 2)], Cancellation));
    }

    private async Task<bool> IsWaitingAsync(bool expected)
    {
        // Not innodb_trx: the server renews that picture only for those who leave it alone for a tenth of a second.
        var waiting = await _bed.ScalarAsync(
            $"SELECT COUNT(*) FROM information_schema.processlist WHERE command = 'Query' AND info LIKE 'INSERT%{_bed.Table}%'");
        return Convert.ToInt32(waiting, CultureInfo.InvariantCulture) > 0 == expected;
    }

    private async Task AssertRefusedAtStartAsync(string reason)
    {
        var exception = await Assert.ThrowsAsync<StoreException>(async () => await _store.InitializeAsync(Cancellation));

        Assert.False(exception.IsTransient);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', exception.Message);
    }

    private static StoreWrite<string, ReadOnlyMemory<byte>> Write(string key, long version) =>
        new() { Key = key, Version = version, Value = "v"u8.ToArray(), ExpiresAt = CacheEntry.Never };
}
