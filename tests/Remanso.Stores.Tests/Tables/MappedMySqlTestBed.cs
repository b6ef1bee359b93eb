using Remanso.Conformance.Servers;
using Remanso.Conformance.Stores;
using Remanso.Sql.Tables;

namespace Remanso.Stores.Tests.Tables;

/// <summary>Mapped tables of its own in a MariaDB server that the tests share.</summary>
internal sealed class MappedMySqlTestBed : StoreTestBed
{
    private readonly MySqlTestBed _server;
    private readonly string _prefix = $"mapped_{Guid.NewGuid():N}_";

    public MappedMySqlTestBed(MariaDbServer server)
    {
        _server = new MySqlTestBed(server);
        Provider = new MappedTables((ITableStoreProvider)_server.Provider, _prefix, CreateTableAsync);
    }

    public override IStoreProvider Provider { get; }

    public override IStoreProvider AnotherProcess() =>
        new MappedTables((ITableStoreProvider)_server.AnotherProcess(), _prefix, CreateTableAsync);

    public override ValueTask RefuseAsync(string key) =>
        _server.ExecuteAsync($"ALTER TABLE {_prefix}default ADD CONSTRAINT refuse CHECK (`key` <> '{key}')");

    public override ValueTask DisposeAsync() => _server.DisposeAsync();

    private ValueTask CreateTableAsync(string table) =>
        _server.ExecuteAsync(
            $"""
            CREATE TABLE IF NOT EXISTS `{table}` (
                `key` varbinary(1024) NOT NULL PRIMARY KEY, value longblob, content_type varchar(200) CHARACTER SET utf8mb4, version bigint NOT NULL, deleted boolean NOT NULL,
                expires_at datetime(6), updated_at timestamp(6) NOT NULL)
            """
        );
}
