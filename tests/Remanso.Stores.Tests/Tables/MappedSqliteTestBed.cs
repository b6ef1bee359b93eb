using Remanso.Conformance.Stores;
using Remanso.Sql.Tables;

namespace Remanso.Stores.Tests.Tables;

/// <summary>A SQLite file with a mapped table for each cache.</summary>
internal sealed class MappedSqliteTestBed : StoreTestBed
{
    private const string Prefix = "mapped_";

    private readonly SqliteTestBed _file = new();

    public MappedSqliteTestBed()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_file.File)!);
        Provider = new MappedTables((ITableStoreProvider)_file.Provider, Prefix, CreateTableAsync);
    }

    public override IStoreProvider Provider { get; }

    public override IStoreProvider AnotherProcess() =>
        new MappedTables((ITableStoreProvider)_file.AnotherProcess(), Prefix, CreateTableAsync);

    public override ValueTask RefuseAsync(string key)
    {
        _file.Execute(
            $"CREATE TRIGGER refuse BEFORE INSERT ON {Prefix}default WHEN NEW.key = '{key}' BEGIN SELECT RAISE(ABORT, 'refused'); END"
        );
        return ValueTask.CompletedTask;
    }

    public override ValueTask DisposeAsync() => _file.DisposeAsync();

    private ValueTask CreateTableAsync(string table)
    {
        _file.Execute(
            $"""
            CREATE TABLE IF NOT EXISTS "{table}" (
                key TEXT NOT NULL PRIMARY KEY, value BLOB, content_type TEXT, version INTEGER NOT NULL, deleted INTEGER NOT NULL, expires_at INTEGER, updated_at DATETIME)
            """
        );
        return ValueTask.CompletedTask;
    }
}
