using System.Data.Common;
using MySql.Data.MySqlClient;
using Remanso.Conformance.Servers;
using Remanso.Entries;
using Remanso.MySql;
using Remanso.Sql.Tables;
using Xunit;

namespace Remanso.Stores.Tests;

/// <summary>A server for which a backslash is a character like others.</summary>
public sealed class MySqlModeTests : IAsyncLifetime
{
    private static readonly byte[] _value = [.. Enumerable.Range(0, 5000).Select(static i => "\0\\'\""u8[i % 4])];

    private readonly MariaDbServer _server = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        await ExecuteAsync("SET GLOBAL sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')");
        await ExecuteAsync("CREATE TABLE test.files (id int PRIMARY KEY, body longblob, name longtext CHARACTER SET utf8mb4, v bigint)");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Long_values_come_back_as_they_were(bool isConnector)
    {
        await using var provider = Open(isConnector);
        var store = ((IHistoryStore)provider.Create("default")).WithHistory();
        await store.InitializeAsync(Cancellation);

        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Of("k", _value)], Cancellation));

        Assert.Equal(_value, Assert.Single(await store.LoadAsync(["k"], Cancellation)).Value.ToArray());
        var kept = await ((IHistoryReader)store).ReadHistoryAsync("k", 10, 1 << 20, Cancellation);
        Assert.Equal(_value, Assert.Single(kept).Value!.Value.ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Long_values_of_an_own_table_come_back_as_they_were(bool isConnector)
    {
        await using var provider = Open(isConnector);
        var store = Files(provider);
        await store.InitializeAsync(Cancellation);
        await SaveAndLoadAsync(store, version: 1);

        // A store whose server was away at the start is not initialised before it saves.
        await SaveAndLoadAsync(Files(provider), version: 2);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_pool_that_moves_to_such_a_server_without_an_error_stores_them_as_they_are(bool isConnector)
    {
        await ExecuteAsync("SET GLOBAL sql_mode = REPLACE(@@sql_mode, 'NO_BACKSLASH_ESCAPES', '')");
        // Each call has a new session: that of the server which the address leads to by then.
        await using var provider = Open(isConnector, "?pooling=false");
        var store = provider.Create("default");
        var files = Files(provider);
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Of("k", _value)], Cancellation);
        await SaveAndLoadAsync(files, version: 1);
        await ExecuteAsync("SET GLOBAL sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')");

        await SaveAndLoadAsync(files, version: 2);
        await store.SaveAsync([Of("later", _value)], Cancellation);

        foreach (var row in await store.LoadAsync(["k", "later"], Cancellation))
        {
            Assert.Equal(_value, row.Value.ToArray());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Such_a_server_keeps_a_long_version_as_it_is_where_a_short_one_followed_it(bool isConnector)
    {
        await ExecuteAsync("SET GLOBAL sql_mode = REPLACE(@@sql_mode, 'NO_BACKSLASH_ESCAPES', '')");
        await using var provider = Open(isConnector, "?pooling=false");
        var store = ((IHistoryStore)provider.Create("default")).WithHistory();
        await store.InitializeAsync(Cancellation);
        await store.SaveAsync([Of("first", _value)], Cancellation);
        await ExecuteAsync("SET GLOBAL sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')");

        await store.SaveAsync([Of("k", "short"u8.ToArray()) with { Version = 2, Earlier = [Of("k", _value)] }], Cancellation);

        var kept = await ((IHistoryReader)store).ReadHistoryAsync("k", 10, 1 << 20, Cancellation);
        Assert.Equal(["short"u8.ToArray(), _value], kept.Select(static version => version.Value!.Value.ToArray()));
    }

    private static IBackingStore<int, Document> Files(ITableStoreProvider provider) =>
        provider.Create(
            "files",
            new TableMappingBuilder<int, Document>()
                .Named("files")
                .Key("id")
                .Column(file => file.Body, "body")
                .Column(file => file.Name, "name")
                .Version("v")
                .AllowHardDeletes()
                .Build()
        );

    private static async Task SaveAndLoadAsync(IBackingStore<int, Document> store, long version)
    {
        var document = new Document { Body = _value, Name = System.Text.Encoding.UTF8.GetString(_value) };
        Assert.Equal([SaveOutcome.Applied], await store.SaveAsync([Of(1, document) with { Version = version }], Cancellation));

        var row = Assert.Single(await store.LoadAsync([1], Cancellation));

        Assert.Equal(document.Body, row.Value!.Body);
        Assert.Equal(document.Name, row.Value.Name);
    }

    private static StoreWrite<TKey, TValue> Of<TKey, TValue>(TKey key, TValue value)
        where TKey : notnull =>
        new()
        {
            Key = key,
            Value = value,
            Version = 1,
            ExpiresAt = CacheEntry.Never,
        };

    private static StoreWrite<string, ReadOnlyMemory<byte>> Of(string key, byte[] value) => Of<string, ReadOnlyMemory<byte>>(key, value);

    private MySqlStoreProvider Open(bool isConnector, string query = "") =>
        new(MySqlAddress.Parse(_server.Url + query), isConnector ? MySqlConnectorTests.Driver : MySqlClientFactory.Instance);

    private async Task ExecuteAsync(string sql)
    {
        await using var connections = MySqlTestBed.Connect(_server, "pooling=false");
        await using var command = connections.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancellation);
    }

    private sealed class Document
    {
        public byte[] Body { get; set; } = [];

        public string Name { get; set; } = string.Empty;
    }
}
