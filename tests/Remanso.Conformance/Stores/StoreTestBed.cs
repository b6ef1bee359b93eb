using Remanso.Stores;

namespace Remanso.Conformance.Stores;

/// <summary>An empty database of one engine, for one test.</summary>
public abstract class StoreTestBed : IAsyncDisposable
{
    /// <summary>The stores of this database.</summary>
    public abstract IStoreProvider Provider { get; }

    /// <summary>A second set of stores on the same database, as another process would have; the bed disposes it.</summary>
    public abstract IStoreProvider AnotherProcess();

    /// <summary>From now on the database refuses rows with this key, by a constraint or trigger; the schema exists.</summary>
    public abstract ValueTask RefuseAsync(string key);

    public abstract ValueTask DisposeAsync();
}
