using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Remanso.Sql.Tables;

namespace Remanso.MySql;

/// <summary>The driver's connections, each as a <see cref="MySqlSession"/> whose calls end in time.</summary>
internal sealed class MySqlDataSource(DbDataSource connections, TimeSpan timeout, TimeProvider time) : DbDataSource
{
    /// <summary>The driver's own.</summary>
    public DbDataSource Connections => connections;

    public override string ConnectionString => connections.ConnectionString;

    /// <summary>Whether the driver leaves asynchronous calls to the base class, which works on the calling thread;
    /// MySql.Data did until 8.0.33.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Who gives a driver is told that it must not be trimmed.")]
    public static bool BlocksThread(DbDataSource connections)
    {
        using var connection = connections.CreateConnection();
        using var command = connection.CreateCommand();
        var execute = command.GetType().GetMethod("ExecuteDbDataReaderAsync", BindingFlags.Instance | BindingFlags.NonPublic);
        return execute is null || execute.DeclaringType == typeof(DbCommand);
    }

    protected override DbConnection CreateDbConnection()
    {
        var connection = connections.CreateConnection();
        return new MySqlSession(new TableConnection(connection, connection), OpenAnotherAsync, timeout, time);
    }

    private async ValueTask<TableConnection> OpenAnotherAsync()
    {
        var connection = await connections.OpenConnectionAsync(CancellationToken.None).ConfigureAwait(false);
        return new TableConnection(connection, connection);
    }
}
