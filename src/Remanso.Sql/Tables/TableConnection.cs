using System.Data.Common;
using System.Runtime.InteropServices;

namespace Remanso.Sql.Tables;

/// <summary>An open connection on loan.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Owner">What to dispose when it is no longer needed: the connection itself, or what it belongs to.</param>
/// <param name="Source">The data source of others that it came from, whose pool can't be found by the connection; null where
/// that is not known.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TableConnection(DbConnection Connection, IAsyncDisposable Owner, DbDataSource? Source = null)
    : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Owner.DisposeAsync();
}
