using Remanso.Sql.Tables;

namespace Remanso.Conformance.Tables;

/// <summary>An empty database of one engine, for one test of mapped tables.</summary>
internal abstract class TableTestBed : IAsyncDisposable
{
    /// <summary>Stores of this database.</summary>
    public abstract ITableStoreProvider Provider { get; }

    /// <summary>Whether a column may hold what is no number.</summary>
    public virtual bool HasNaN => false;

    /// <summary>The name of a table or column, quoted.</summary>
    public abstract string Quote(string identifier);

    /// <summary>The type that somebody would declare for a column of this kind.</summary>
    public abstract string TypeOf(ColumnKind kind);

    /// <summary>Runs a statement past the store, as another program would.</summary>
    public abstract ValueTask<object?> ExecuteAsync(string sql);

    public abstract ValueTask DisposeAsync();
}
