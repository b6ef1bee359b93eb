using System.Data.Common;
using MySql.Data.MySqlClient;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Stores;
using Remanso.MySql;
using Remanso.Sql;
using Remanso.Stores;

namespace Remanso.Stores.Tests;

/// <summary>A table of its own in a MariaDB server that the tests share.</summary>
public sealed class MySqlTestBed : StoreTestBed
{
    private readonly List<IStoreProvider> _providers = [];
    private readonly MariaDbServer _server;
    private readonly DbDataSource _foreign;

    public MySqlTestBed(MariaDbServer server)
    {
        _server = server;
        _foreign = Connect(server, "pooling=false");
        Provider = AnotherProcess();
    }

    public string Table { get; } = $"cache_data_{Guid.NewGuid():N}";

    public override IStoreProvider Provider { get; }

    /// <summary>The driver's own connections to a server.</summary>
    public static DbDataSource Connect(MariaDbServer server, string parameters = "") => MySqlClientFactory.Instance.CreateDataSource(
        MySqlConnectionString.For(MySqlAddress.Parse($"{server.Url}?{parameters}"), MySqlClientFactory.Instance));

    public override IStoreProvider AnotherProcess() => AnotherProcess(_server.Url);

    public IStoreProvider AnotherProcess(string url, TimeProvider? time = null)
    {
        var provider = new MySqlStoreProvider(
            MySqlAddress.Parse(url), MySqlClientFactory.Instance, new MySqlStoreOptions { Table = SqlTableName.Parse(Table) }, time);
        lock (_providers)
            _providers.Add(provider);

        return provider;
    }

    public override ValueTask RefuseAsync(string key) => ExecuteAsync($"ALTER TABLE {Table} ADD CONSTRAINT refuse CHECK (`key` <> '{key}')");

    /// <summary>Runs a statement past the store, as another program would.</summary>
    public async ValueTask ExecuteAsync(string sql) => await ScalarAsync(sql);

    public async ValueTask<object?> ScalarAsync(string sql)
    {
        await using var command = _foreign.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public Task<DbConnection> OpenAsync() => _foreign.OpenConnectionAsync().AsTask();

    public override async ValueTask DisposeAsync()
    {
        foreach (var provider in _providers)
            await provider.DisposeAsync();

        await _foreign.DisposeAsync();
    }
}
