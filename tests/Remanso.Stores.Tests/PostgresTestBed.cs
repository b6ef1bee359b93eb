using Npgsql;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Stores.Servers;
using Remanso.Postgres;

namespace Remanso.Stores.Tests;

/// <summary>A table of its own in a PostgreSQL server that the tests share, used as the role of the deployment's file;
/// what is done past the store is done by the superuser.</summary>
internal sealed class PostgresTestBed : ServerTestBed
{
    private readonly List<IStoreProvider> _providers = [];
    private readonly PostgresServer _server;
    private readonly NpgsqlDataSource _foreign;

    public PostgresTestBed(PostgresServer server)
    {
        _server = server;
        _foreign = NpgsqlDataSource.Create(server.ConnectionString + ";Pooling=false;Search Path=remanso,public");
        Provider = AnotherProcess();
    }

    public override IStoreProvider Provider { get; }

    public override IStoreProvider AnotherProcess() => AnotherProcess(user: "remanso");

    public IStoreProvider AnotherProcess(string user)
    {
        var provider = new PostgresStoreProvider(
            PostgresAddress.Parse($"{_server.RoleConnectionString};Username={user}"),
            new PostgresStoreOptions { Table = SqlTableName.Parse(Table) }
        );
        lock (_providers)
        {
            _providers.Add(provider);
        }

        return provider;
    }

    public override ValueTask RefuseAsync(string key) => ExecuteAsync($"ALTER TABLE {Table} ADD CONSTRAINT refuse CHECK (key <> '{key}')");

    public override async ValueTask<object?> ScalarAsync(string sql)
    {
        await using var command = _foreign.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    public override async ValueTask<IStoreProvider> AnotherAccountAsync() => AnotherProcess(await CreateAccountAsync());

    /// <summary>Makes an account that may use the table, and create none.</summary>
    /// <param name="setting">What is set for its sessions, as <c>name = 'value'</c>.</param>
    public async ValueTask<string> CreateAccountAsync(string? setting = null)
    {
        var role = $"limited_{Guid.NewGuid():N}";
        await ExecuteAsync(
            $"CREATE ROLE {role} LOGIN; GRANT USAGE ON SCHEMA remanso TO {role}; ALTER ROLE {role} SET search_path = "
                + $"remanso; GRANT SELECT, INSERT, UPDATE ON {Table} TO {role}"
        );
        if (setting is not null)
        {
            await ExecuteAsync($"ALTER ROLE {role} SET {setting}");
        }

        return role;
    }

    /// <summary>How many sessions an account has.</summary>
    public async ValueTask<long> CountSessionsAsync(string role) =>
        (long)(await ScalarAsync($"SELECT count(*) FROM pg_stat_activity WHERE usename = '{role}'"))!;

    public override async ValueTask<IAsyncDisposable> HoldRowsAsync()
    {
        // No pool: what is disposed ends, and its transaction with it.
        var connection = await _foreign.OpenConnectionAsync();
        await using var hold = new NpgsqlCommand($"BEGIN; SELECT 1 FROM {Table} FOR UPDATE", connection);
        await hold.ExecuteNonQueryAsync();
        return connection;
    }

    public override async ValueTask<bool> IsWaitingAsync() =>
        (long)(await ScalarAsync($"SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%{Table}%'"))! > 0;

    public override async Task<IReadOnlyList<(long Version, string? Value)>> ReadHistoryAsync(string cache, string key)
    {
        await using var connection = await _foreign.OpenConnectionAsync();
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
