using Microsoft.Data.Sqlite;
using Remanso.Conformance.Stores;
using Remanso.Sqlite;

namespace Remanso.Stores.Tests;

/// <summary>A SQLite file in a folder of its own.</summary>
internal sealed class SqliteTestBed : StoreTestBed
{
    private readonly List<IStoreProvider> _providers = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("remanso-sqlite-").FullName;

    public SqliteTestBed() => Provider = AnotherProcess();

    public string File => Path.Combine(_folder, "data", "store.db");

    public override IStoreProvider Provider { get; }

    public override IStoreProvider AnotherProcess() => Open(new SqliteStoreOptions());

    public IStoreProvider Open(SqliteStoreOptions options)
    {
        var provider = new SqliteStoreProvider(SqliteAddress.Parse($"sqlite:{File}"), options);
        lock (_providers)
        {
            _providers.Add(provider);
        }

        return provider;
    }

    /// <summary>A connection past the store, as a tool or another program would have.</summary>
    public SqliteConnection OpenForeign()
    {
        var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        return connection;
    }

    public void Execute(string sql)
    {
        using var connection = OpenForeign();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public override ValueTask RefuseAsync(string key)
    {
        Execute($"CREATE TRIGGER refuse BEFORE INSERT ON cache_data WHEN NEW.key = '{key}' BEGIN SELECT RAISE(ABORT, 'refused'); END");
        return ValueTask.CompletedTask;
    }

    public override async Task<IReadOnlyList<(long Version, string? Value)>> ReadHistoryAsync(string cache, string key)
    {
        await using var connection = OpenForeign();
        return await ReadHistoryAsync(connection, "cache_data_history", cache, key);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var provider in _providers)
        {
            await provider.DisposeAsync();
        }

        Directory.Delete(_folder, recursive: true);
    }
}
