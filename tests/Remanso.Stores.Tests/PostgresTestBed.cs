using Npgsql;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Stores;
using Remanso.Postgres;
using Remanso.Sql;
using Remanso.Stores;

namespace Remanso.Stores.Tests;

/// <summary>A table of its own in a PostgreSQL server that the tests share.</summary>
public sealed class PostgresTestBed : StoreTestBed
{
    private readonly List<IStoreProvider> _providers = [];
    private readonly PostgresServer _server;
    private readonly NpgsqlDataSource _foreign;

    public PostgresTestBed(PostgresServer server)
    {
        _server = server;
        _foreign = NpgsqlDataSource.Create(server.ConnectionString + ";Pooling=false");
        Provider = AnotherProcess();
    }

    public string Table { get; } = $"cache_data_{Guid.NewGuid():N}";

    public override IStoreProvider Provider { get; }

    public override IStoreProvider AnotherProcess() => AnotherProcess(user: "postgres");

    public IStoreProvider AnotherProcess(string user)
    {
        var provider = new PostgresStoreProvider(
            PostgresAddress.Parse($"{_server.ConnectionString};Username={user}"), new PostgresStoreOptions { Table = SqlTableName.Parse(Table) });
        lock (_providers)
            _providers.Add(provider);

        return provider;
    }

    public override ValueTask RefuseAsync(string key) =>
        ExecuteAsync($"ALTER TABLE {Table} ADD CONSTRAINT refuse CHECK (key <> '{key}')");

    /// <summary>Runs a statement past the store, as another program would.</summary>
    public async ValueTask ExecuteAsync(string sql) => await ScalarAsync(sql);

    public async ValueTask<object?> ScalarAsync(string sql)
    {
        await using var command = _foreign.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var provider in _providers)
            await provider.DisposeAsync();

        await _foreign.DisposeAsync();
    }
}
