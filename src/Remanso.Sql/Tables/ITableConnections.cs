namespace Remanso.Sql.Tables;

/// <summary>Where a mapped table's store gets its connections.</summary>
internal interface ITableConnections
{
    /// <summary>Opens a connection; it goes back when the lease is disposed.</summary>
    /// <param name="forWrites">Whether rows will be changed on it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    ValueTask<TableConnection> OpenAsync(bool forWrites, CancellationToken cancellationToken);
}
