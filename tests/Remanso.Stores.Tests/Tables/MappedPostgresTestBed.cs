using Remanso.Conformance.Servers;
using Remanso.Conformance.Stores;
using Remanso.Sql.Tables;

namespace Remanso.Stores.Tests.Tables;

/// <summary>Mapped tables of its own in a PostgreSQL server that the tests share.</summary>
internal sealed class MappedPostgresTestBed : StoreTestBed
{
    private readonly PostgresTestBed _server;
    private readonly string _prefix = $"mapped_{Guid.NewGuid():N}_";

    public MappedPostgresTestBed(PostgresServer server)
    {
        _server = new PostgresTestBed(server);
        Provider = new MappedTables((ITableStoreProvider)_server.Provider, _prefix, CreateTableAsync);
    }

    public override IStoreProvider Provider { get; }

    public override IStoreProvider AnotherProcess() =>
        new MappedTables((ITableStoreProvider)_server.AnotherProcess(), _prefix, CreateTableAsync);

    public override ValueTask RefuseAsync(string key) =>
        _server.ExecuteAsync($"ALTER TABLE {_prefix}default ADD CONSTRAINT refuse CHECK (key <> '{key}')");

    public override ValueTask DisposeAsync() => _server.DisposeAsync();

    private ValueTask CreateTableAsync(string table) =>
        _server.ExecuteAsync(
            $"""
            DO $$ BEGIN
                PERFORM pg_advisory_xact_lock(42);
                CREATE TABLE IF NOT EXISTS {table} (
                    key varchar(1024) NOT NULL PRIMARY KEY, value bytea, content_type text, version bigint NOT NULL, deleted boolean NOT NULL, expires_at timestamptz, updated_at timestamp);
                GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO remanso;
            END $$
            """
        );
}
