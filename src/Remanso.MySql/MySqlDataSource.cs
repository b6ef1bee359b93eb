using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

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

    /// <summary>Ends a connection of the same user at the server, its transaction and all. Best effort: what it ends
    /// has failed already.</summary>
    public async Task KillAsync(long serverThread)
    {
        try
        {
            var connection = await connections.OpenConnectionAsync(CancellationToken.None).ConfigureAwait(false);
            await using var _ = connection.ConfigureAwait(false);
            var command = connection.CreateCommand();
            await using var __ = command.ConfigureAwait(false);
            command.CommandText = $"KILL {serverThread}";
            await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The connection is gone already, or nobody is there to kill it.
        }
    }

    protected override DbConnection CreateDbConnection() => new MySqlSession(this, connections.CreateConnection(), timeout, time);
}
