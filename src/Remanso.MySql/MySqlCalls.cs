using System.Data.Common;

namespace Remanso.MySql;

/// <summary>Calls of a driver as all of this library makes them: without tokens and time-outs of the driver's (see
/// <see cref="MySqlSession"/>).</summary>
internal static class MySqlCalls
{
    /// <summary>Does some work on a connection, which is a <see cref="MySqlSession"/>: it ends the work in time.</summary>
    public static ValueTask<TResult> RunAsync<TResult>(
        DbConnection connection,
        Func<DbConnection, CancellationToken, Task<TResult>> work,
        CancellationToken cancellationToken
    ) => ((MySqlSession)connection).RunAsync(work, cancellationToken);

    public static DbCommand Command(DbConnection mysql, DbTransaction? transaction, string sql = "")
    {
        var command = mysql.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;

        // The session keeps the time; a driver's own time-out would only leave the server at work.
        command.CommandTimeout = 0;
        return command;
    }

    public static async Task ReadAsync(
        DbConnection mysql,
        DbTransaction? transaction,
        string sql,
        Action<DbDataReader> add,
        CancellationToken stop
    )
    {
        stop.ThrowIfCancellationRequested();
        var command = Command(mysql, transaction, sql);
        await using var _ = command.ConfigureAwait(false);
        await ReadAsync(command, add).ConfigureAwait(false);
    }

    public static async Task ReadAsync(DbCommand command, Action<DbDataReader> add)
    {
        var reader = await command.ExecuteReaderAsync(CancellationToken.None).ConfigureAwait(false);
        await using var _ = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(CancellationToken.None).ConfigureAwait(false))
        {
            add(reader);
        }
    }

    public static async Task<int> ExecuteAsync(DbConnection mysql, DbTransaction? transaction, string sql, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        var command = Command(mysql, transaction, sql);
        await using var _ = command.ConfigureAwait(false);
        return await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
    }
}
