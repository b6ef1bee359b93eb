using System.Data.Common;
using System.Globalization;
using System.Runtime.Loader;
using MySql.Data.MySqlClient;
using Remanso.Conformance.Servers;
using Remanso.Entries;
using Remanso.MySql;
using Remanso.Stores.Tests.Tables;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>What differs under the driver MySqlConnector.</summary>
public sealed class MySqlConnectorTests(MariaDbServer server)
{
    internal static DbProviderFactory Driver { get; } = Load();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void TheDriver_is_the_one_meant() => Assert.Equal("MySqlConnector", Driver.GetType().Assembly.GetName().Name);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_value_above_the_largest_packet_is_refused_for_good_and_names_the_limit(bool hasHistory)
    {
        await using var bed = new MySqlTestBed(server);
        await using var provider = new MySqlStoreProvider(
            MySqlAddress.Parse(server.Url),
            Driver,
            new MySqlStoreOptions { Table = SqlTableName.Parse(bed.Table) }
        );
        var store = provider.Create("default");
        store = hasHistory ? ((IHistoryStore)store).WithHistory() : store;
        await store.InitializeAsync(Cancellation);
        var packet = Convert.ToInt32(await bed.ScalarAsync("SELECT @@max_allowed_packet"), CultureInfo.InvariantCulture);

        var refused = await Assert.ThrowsAsync<StoreException>(async () =>
            await store.SaveAsync([Write("a", 1), Write("b", packet)], Cancellation)
        );
        AssertNamesTheLimit(refused);
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Write("a", 1)], Cancellation));
    }

    [Fact]
    public async Task A_row_of_an_own_table_above_the_largest_packet_is_refused_for_good_and_names_the_limit()
    {
        await using var bed = await MySqlTableBed.CreateBedAsync(server);
        await bed.ExecuteAsync("CREATE TABLE files (id int PRIMARY KEY, body longblob, v bigint)");
        await using var provider = new MySqlStoreProvider(MySqlAddress.Parse(bed.Url), Driver);
        var store = provider.Create(
            "files",
            new TableMappingBuilder<int, Document>()
                .Named("files")
                .Key("id")
                .Column(file => file.Body, "body")
                .Version("v")
                .AllowHardDeletes()
                .Build()
        );
        await store.InitializeAsync(Cancellation);
        var packet = Convert.ToInt32(await bed.ExecuteAsync("SELECT @@max_allowed_packet"), CultureInfo.InvariantCulture);

        AssertNamesTheLimit(await Assert.ThrowsAsync<StoreException>(async () => await store.SaveAsync([Of(1, packet)], Cancellation)));
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Of(1, 10)], Cancellation));

        static StoreWrite<int, Document> Of(int id, int bytes) =>
            new()
            {
                Key = id,
                Value = new Document { Body = new byte[bytes] },
                Version = 1,
                ExpiresAt = CacheEntry.Never,
            };
    }

    [Theory]
    [InlineData(true, "GuidFormat=Binary16")]
    [InlineData(true, "Old%20Guids=true")]
    [InlineData(false, "Old%20Guids=true")]
    public async Task What_a_driver_is_told_of_guids_changes_no_row(bool isConnector, string parameter)
    {
        await using var bed = await MySqlTableBed.CreateBedAsync(server);
        await bed.ExecuteAsync($"CREATE TABLE offers (id binary(16) PRIMARY KEY, state varchar(4) {MySqlTables.Bin}, v bigint)");
        await using var provider = new MySqlStoreProvider(
            MySqlAddress.Parse($"{bed.Url}?{parameter}"),
            isConnector ? Driver : MySqlClientFactory.Instance
        );
        var store = provider.Create(
            "offers",
            new TableMappingBuilder<Guid, string>()
                .Named("offers")
                .Key("id")
                .Column(state => state, "state")
                .Version("v")
                .AllowHardDeletes()
                .Build()
        );
        await store.InitializeAsync(Cancellation);
        var id = new Guid("00112233-4455-6677-8899-aabbccddeeff");

        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Of("open", 1)], Cancellation));
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Of("paid", 2)], Cancellation));
        var row = Assert.Single(await store.LoadAsync([id], Cancellation));

        Assert.Equal((id, "paid"), (row.Key, row.Value));
        Assert.Equal("00112233445566778899AABBCCDDEEFF", await bed.ExecuteAsync("SELECT HEX(id) FROM offers"));

        StoreWrite<Guid, string> Of(string state, long version) =>
            new()
            {
                Key = id,
                Value = state,
                Version = version,
                ExpiresAt = CacheEntry.Never,
            };
    }

    [Fact]
    public async Task A_connection_that_the_server_ended_is_replaced_before_anybody_hears_of_it()
    {
        await using var bed = new MySqlTestBed(server);
        var user = $"ended_{Guid.NewGuid():N}";
        await bed.ExecuteAsync($"CREATE USER {user}@'127.0.0.1'");
        await bed.ExecuteAsync($"GRANT ALL ON test.* TO {user}@'127.0.0.1'");
        await using var provider = new MySqlStoreProvider(
            MySqlAddress.Parse(server.Url.Replace("root@", $"{user}@", StringComparison.Ordinal)),
            Driver,
            new MySqlStoreOptions { Table = SqlTableName.Parse(bed.Table) }
        );
        var store = provider.Create("default");
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Write("a", 1)], Cancellation);
        await EndSessionsAsync(bed, user);
        Assert.Equal("a", Assert.Single(await store.LoadAsync(["a"], Cancellation)).Key);
        await EndSessionsAsync(bed, user);
        Assert.Equal([SaveOutcome.AlreadyStored], await store.SaveAsync([Write("a", 1)], Cancellation));
    }

    /// <remarks>Apart from all else, or it would be the driver that the other tests find.</remarks>
    private static DbProviderFactory Load() =>
        (DbProviderFactory)
            new AssemblyLoadContext("MySqlConnector")
                .LoadFromAssemblyPath(Path.Combine(AppContext.BaseDirectory, "drivers", "MySqlConnector.dll"))
                .GetType("MySqlConnector.MySqlConnectorFactory", throwOnError: true)!
                .GetField("Instance")!
                .GetValue(null)!;

    private static async Task EndSessionsAsync(MySqlTestBed bed, string user)
    {
        await using var connection = await bed.OpenAsync();
        var ids = new List<long>();
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = $"SELECT id FROM information_schema.processlist WHERE user = '{user}'";
            await using var reader = await command.ExecuteReaderAsync(Cancellation);
            while (await reader.ReadAsync(Cancellation))
            {
                ids.Add(Convert.ToInt64(reader.GetValue(0), CultureInfo.InvariantCulture));
            }
        }

        Assert.NotEmpty(ids);
        foreach (var id in ids)
        {
            await using var kill = connection.CreateCommand();
            kill.CommandText = $"KILL {id}";
            await kill.ExecuteNonQueryAsync(Cancellation);
        }
    }

    private static void AssertNamesTheLimit(StoreException exception)
    {
        Assert.False(exception.IsTransient, exception.Message);
        Assert.True(exception.BlamesRow);
        Assert.Contains("max_allowed_packet", exception.Message, StringComparison.Ordinal);
    }

    private static StoreWrite<string, ReadOnlyMemory<byte>> Write(string key, int bytes) =>
        new()
        {
            Key = key,
            Version = 1,
            Value = new byte[bytes],
            ExpiresAt = CacheEntry.Never,
        };

    private sealed class Document
    {
        public byte[] Body { get; set; } = [];
    }
}
