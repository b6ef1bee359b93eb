using System.Data.Common;
using System.Globalization;
using MySql.Data.MySqlClient;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Stores.Servers;
using Remanso.MySql;

namespace Remanso.Stores.Tests;

/// <summary>A table of its own in a MariaDB server that the tests share, used by the account of the deployment's file;
/// what is done past the store is done by the superuser.</summary>
internal sealed class MySqlTestBed : ServerTestBed
{
    private readonly List<IStoreProvider> _providers = [];
    private readonly MariaDbServer _server;
    private readonly DbDataSource _foreign;

    public MySqlTestBed(MariaDbServer server)
    {
        _server = server;
        _foreign = Connect(server.Url.Replace("/test", "/remanso", StringComparison.Ordinal) + "?pooling=false");
        Provider = AnotherProcess();
    }

    public override IStoreProvider Provider { get; }

    /// <summary>The driver's own connections to a server.</summary>
    public static DbDataSource Connect(MariaDbServer server, string parameters = "") => Connect($"{server.Url}?{parameters}");

    private static DbDataSource Connect(string url) =>
        MySqlClientFactory.Instance.CreateDataSource(MySqlConnectionString.For(MySqlAddress.Parse(url), MySqlClientFactory.Instance));

    public override IStoreProvider AnotherProcess() => AnotherProcess(_server.AccountUrl);

    public IStoreProvider AnotherProcess(string url, TimeProvider? time = null)
    {
        var provider = new MySqlStoreProvider(
            MySqlAddress.Parse(url),
            MySqlClientFactory.Instance,
            new MySqlStoreOptions { Table = SqlTableName.Parse(Table) },
            time
        );
        lock (_providers)
        {
            _providers.Add(provider);
        }

        return provider;
    }

    public override ValueTask RefuseAsync(string key) =>
        ExecuteAsync($"ALTER TABLE {Table} ADD CONSTRAINT refuse CHECK (`key` <> '{key}')");

    public override async ValueTask<object?> ScalarAsync(string sql)
    {
        await using var command = _foreign.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public Task<DbConnection> OpenAsync() => _foreign.OpenConnectionAsync().AsTask();

    public override async ValueTask<IStoreProvider> AnotherAccountAsync()
    {
        var user = $"limited_{Guid.NewGuid():N}";
        await ExecuteAsync(
            $"CREATE USER {user}@'127.0.0.1' IDENTIFIED BY 'p@ss/w?rd'; GRANT SELECT, INSERT, UPDATE ON remanso.{Table} TO "
                + $"{user}@'127.0.0.1'"
        );
        return AnotherProcess($"mysql://{user}:p%40ss%2Fw%3Frd@127.0.0.1:{_server.Port}/remanso");
    }

    public override async ValueTask<IAsyncDisposable> HoldRowsAsync()
    {
        // No pool: what is disposed ends, and its transaction with it.
        var connection = await OpenAsync();
        await using var hold = connection.CreateCommand();
        hold.CommandText = $"BEGIN; SELECT 1 FROM {Table} FOR UPDATE";
        await hold.ExecuteScalarAsync();
        return connection;
    }

    public override async ValueTask<bool> IsWaitingAsync()
    {
        // Not innodb_trx: the server renews that picture only for those who leave it alone for a tenth of a second.
        var waiting = await ScalarAsync(
            $"SELECT COUNT(*) FROM information_schema.processlist WHERE command = 'Query' AND info LIKE 'INSERT%{Table}%'"
        );
        return Convert.ToInt32(waiting, CultureInfo.InvariantCulture) > 0;
    }

    public override async Task<IReadOnlyList<(long Version, string? Value)>> ReadHistoryAsync(string cache, string key)
    {
        await using var connection = await OpenAsync();
        return await ReadHistoryAsync(connection, $"{Table}_history", cache, key);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var provider in _providers)
        {
            await provider.DisposeAsync();
        }

        await _foreign.DisposeAsync();
    }
}
