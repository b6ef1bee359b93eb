using Remanso.Stores;

namespace Remanso.Conformance.Stores.Servers;

/// <summary>A table of its own in a database server, for one test.</summary>
internal abstract class ServerTestBed : StoreTestBed
{
    /// <summary>The table's name.</summary>
    public string Table { get; } = $"cache_data_{Guid.NewGuid():N}";

    /// <summary>Runs a statement past the store, as another program would.</summary>
    public async ValueTask ExecuteAsync(string sql) => await ScalarAsync(sql);

    /// <summary>Runs a statement past the store, and gives what it answers first.</summary>
    public abstract ValueTask<object?> ScalarAsync(string sql);

    /// <summary>Stores of an account that may use the table, and create none; the bed disposes them.</summary>
    public abstract ValueTask<IStoreProvider> AnotherAccountAsync();

    /// <summary>Locks the table's rows, in another program's transaction, which ends without effect when it is disposed.</summary>
    public abstract ValueTask<IAsyncDisposable> HoldRowsAsync();

    /// <summary>Whether a save into the table waits for a lock.</summary>
    public abstract ValueTask<bool> IsWaitingAsync();
}
