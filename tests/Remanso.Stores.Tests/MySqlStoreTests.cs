using System.Globalization;
using System.Text;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Stores;
using Remanso.Conformance.Stores.Servers;
using Xunit;

namespace Remanso.Stores.Tests;

public sealed class MySqlStoreTests(MariaDbServer server) : ServerStoreConformance
{
    private MySqlTestBed Server => (MySqlTestBed)Bed;

    [Fact]
    public async Task A_stale_batch_changes_no_column()
    {
        const string Columns =
            "SELECT GROUP_CONCAT(HEX(`key`), version, IFNULL(expires_at, '-'), updated_at, save_id, deleted, "
            + "HEX(content_type), HEX(value) ORDER BY `key`)";
        await Store.SaveAsync(
            [.. "abc".Select(key => Write(key.ToString(), 5) with { ContentType = "text/plain", ExpiresAt = 50 })],
            Cancellation
        );
        var before = await Server.ScalarAsync($"{Columns} FROM {Server.Table}");

        var outcomes = await Store.SaveAsync(
            [
                Write("a", 4) with
                {
                    Value = "stale"u8.ToArray(),
                    ContentType = "text/html",
                    ExpiresAt = 40,
                },
                Write("b", 4) with
                {
                    Deleted = true,
                },
                Write("c", 5) with
                {
                    Value = "twin"u8.ToArray(),
                    ContentType = null,
                },
            ],
            Cancellation
        );

        Assert.Equal([SaveOutcome.Superseded(5), SaveOutcome.Superseded(5), SaveOutcome.AlreadyStored], outcomes);
        Assert.Equal(before, await Server.ScalarAsync($"{Columns} FROM {Server.Table}"));
    }

    [Fact]
    public async Task A_second_unique_key_stops_the_start()
    {
        await Server.ExecuteAsync($"ALTER TABLE {Server.Table} ADD UNIQUE KEY one_version (version)");

        await AssertRefusedAtStartAsync("has a second unique key, one_version");
    }

    [Fact]
    public async Task Another_primary_key_stops_the_start()
    {
        await Server.ExecuteAsync($"ALTER TABLE {Server.Table} DROP PRIMARY KEY, ADD PRIMARY KEY (`key`)");

        await AssertRefusedAtStartAsync("must have the primary key (cache, `key`)");
    }

    [Fact]
    public async Task An_engine_without_transactions_stops_the_start()
    {
        // The keys are shortened only because this engine has room for less.
        await Server.ExecuteAsync(
            $"ALTER TABLE {Server.Table} MODIFY cache VARBINARY(64) NOT NULL, MODIFY `key` VARBINARY(512) NOT NULL, ENGINE = MyISAM"
        );

        await AssertRefusedAtStartAsync("MyISAM");
    }

    [Theory]
    [InlineData("character set=latin1")]
    [InlineData("character set=utf8mb4")]
    public async Task Text_of_four_bytes_comes_back_whole_whatever_the_driver_talks_in(string parameter)
    {
        const string Text = "emoji \U0001F600 \u65e5\u672c";
        var store = Server.AnotherProcess($"{server.AccountUrl}?{parameter}").Create("caf\u00e9-\U0001F600");

        await store.SaveAsync([Write(Text, 1) with { ContentType = Text, Value = Encoding.UTF8.GetBytes(Text) }], Cancellation);

        var row = Assert.Single(await store.LoadAsync([Text], Cancellation));
        Assert.Equal((Text, Text, Text), (row.Key, row.ContentType, Encoding.UTF8.GetString(row.Value.Span)));
        Assert.Equal(Convert.ToHexString(Encoding.UTF8.GetBytes(Text)), await Server.ScalarAsync($"SELECT HEX(`key`) FROM {Server.Table}"));
    }

    [Fact]
    public async Task A_value_above_the_largest_packet_is_refused_for_good_and_the_store_goes_on()
    {
        var packet = Convert.ToInt32(await Server.ScalarAsync("SELECT @@max_allowed_packet"), CultureInfo.InvariantCulture);

        var exception = await Assert.ThrowsAsync<StoreException>(async () =>
            await Store.SaveAsync([Write("a", 1), Write("b", 1) with { Value = new byte[packet] }], Cancellation)
        );

        Assert.False(exception.IsTransient);
        Assert.Contains("max_allowed_packet", exception.Message, StringComparison.Ordinal);
        Assert.Equal([SaveOutcome.Applied], await Store.SaveAsync([Write("a", 1)], Cancellation));
    }

    [Fact]
    public async Task A_load_of_many_keys_looks_only_at_their_rows()
    {
        var keys = Enumerable.Range(0, 5_000).Select(i => $"key:{i:D5}").ToArray();
        await Store.SaveAsync([.. keys.Select(key => Write(key, 1))], Cancellation);
        await Server.ExecuteAsync($"ANALYZE TABLE {Server.Table}");
        var list = string.Join(',', keys.Take(999).Select(key => $"x'{Convert.ToHexString(Encoding.UTF8.GetBytes(key))}'"));

        await using var connection = await Server.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText =
            $"EXPLAIN SELECT value FROM {Server.Table} WHERE cache = x'{Convert.ToHexString("default"u8)}' AND `key` IN ({list})";
        await using var reader = await command.ExecuteReaderAsync(Cancellation);
        Assert.True(await reader.ReadAsync(Cancellation));

        Assert.Equal("range", reader["type"]);
        Assert.Equal(999, Convert.ToInt32(reader["rows"], CultureInfo.InvariantCulture));
    }

    private protected override ValueTask<StoreTestBed> CreateBedAsync() => ValueTask.FromResult<StoreTestBed>(new MySqlTestBed(server));
}
