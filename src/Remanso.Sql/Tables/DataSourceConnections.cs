using System.Data.Common;

namespace Remanso.Sql.Tables;

/// <summary>Connections of data sources, one for loads and one for saves.</summary>
/// <param name="reads">Connections for loads.</param>
/// <param name="writes">Connections for saves; the same where the engine doesn't care.</param>
internal sealed class DataSourceConnections(DbDataSource reads, DbDataSource writes) : ITableConnections
{
    /// <inheritdoc/>
    public async ValueTask<TableConnection> OpenAsync(bool forWrites, CancellationToken cancellationToken)
    {
        var connection = await (forWrites ? writes : reads).OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        return new TableConnection(connection, connection);
    }
}
