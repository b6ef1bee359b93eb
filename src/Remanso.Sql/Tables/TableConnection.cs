using System.Data.Common;
using System.Runtime.InteropServices;

namespace Remanso.Sql.Tables;

/// <summary>An open connection on loan.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Owner">What to dispose when it is no longer needed: the connection itself, or what it belongs to.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TableConnection(DbConnection Connection, IAsyncDisposable Owner) : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Owner.DisposeAsync();
}
