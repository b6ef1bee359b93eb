using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Remanso.Sql.Tables;

namespace Remanso.MySql;

// MySql.Data 26 does neither: a cancelled or late asynchronous call goes on until the server answers. So the driver is
// given no token. A call that is given up goes on in the background; the server is told to kill its connection, which
// rolls its transaction back unless the commit came first; and the connection goes back to the driver's pool only when
// the call has ended: broken, so that nobody uses it again.

/// <summary>
/// A connection of the driver whose calls end when they are cancelled or take too long, whatever the driver does about it.
/// </summary>
/// <param name="lent">The connection.</param>
/// <param name="another">Opens another connection of the same user, to end this one at the server.</param>
/// <param name="timeout">How long one piece of work may take; infinite for as long as it likes.</param>
/// <param name="time">The clock of that time.</param>
internal sealed class MySqlSession(TableConnection lent, Func<ValueTask<TableConnection>> another, TimeSpan timeout, TimeProvider time)
    : DbConnection
{
    private readonly DbConnection _connection = lent.Connection;
    private Task? _givenUp;
    private bool _released;

    [AllowNull]
    public override string ConnectionString
    {
        get => _connection.ConnectionString;
        set => _connection.ConnectionString = value;
    }

    public override string Database => _connection.Database;

    public override string DataSource => _connection.DataSource;

    public override string ServerVersion => _connection.ServerVersion;

    public override ConnectionState State => _connection.State;

    /// <summary>Does some work on the driver's connection.</summary>
    /// <param name="work">The work; it asks its token between two calls of the driver.</param>
    /// <param name="cancellationToken">Gives the work up.</param>
    /// <exception cref="TimeoutException">It took too long.</exception>
    public async ValueTask<TResult> RunAsync<TResult>(
        Func<DbConnection, CancellationToken, Task<TResult>> work,
        CancellationToken cancellationToken
    )
    {
        var stop = new CancellationTokenSource();
        var running = work(_connection, stop.Token);
        try
        {
            return await running.WaitAsync(timeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!running.IsCompleted && exception is OperationCanceledException or TimeoutException)
        {
            await stop.CancelAsync().ConfigureAwait(false);
            _givenUp = EndAsync(running);
            if (exception is OperationCanceledException)
            {
                throw;
            }

            throw new TimeoutException($"No answer within {timeout.TotalSeconds:0.#} s.", exception);
        }
        finally
        {
            if (_givenUp is null)
            {
                stop.Dispose();
            }
        }
    }

    /// <summary>Closes the connections that wait in a driver's pool beside this one; both drivers call it so.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Who gives a driver is told that it must not be trimmed.")]
    public static void ClearPool(DbConnection mysql)
    {
        var inner = mysql is MySqlSession session ? session.Inner : mysql;
        inner.GetType().GetMethod("ClearPool", [inner.GetType()])?.Invoke(null, [inner]);
    }

    private DbConnection Inner => _connection;

    public override void Open() => _connection.Open();

    public override async Task OpenAsync(CancellationToken cancellationToken)
    {
        await RunAsync(
                static async (connection, _) =>
                {
                    await connection.OpenAsync(CancellationToken.None).ConfigureAwait(false);
                    return true;
                },
                cancellationToken
            )
            .ConfigureAwait(false);
    }

    public override void Close() => _connection.Close();

    public override void ChangeDatabase(string databaseName) => _connection.ChangeDatabase(databaseName);

    public override async ValueTask DisposeAsync()
    {
        if (!_released && _givenUp is null)
        {
            _released = true;
            await lent.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => _connection.BeginTransaction(isolationLevel);

    protected override DbCommand CreateDbCommand() => _connection.CreateCommand();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_released && _givenUp is null)
        {
            _released = true;
            _connection.Dispose();
        }

        base.Dispose(disposing);
    }

    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Who gives a driver is told that it must not be trimmed.")]
    private async Task EndAsync(Task running)
    {
        // Both drivers call it so; without a number the call ends when the server answers.
        if (
            _connection.State is not (ConnectionState.Closed or ConnectionState.Connecting)
            && _connection.GetType().GetProperty("ServerThread")?.GetValue(_connection) is int thread
        )
        {
            await KillAsync(thread).ConfigureAwait(false);
        }

        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await lent.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A driver may complain that what it closes is closed.
        }
    }

    /// <summary>Best effort: what it ends has failed already.</summary>
    private async Task KillAsync(long serverThread)
    {
        try
        {
            var killer = await another().ConfigureAwait(false);
            await using var _ = killer.ConfigureAwait(false);
            var command = killer.Connection.CreateCommand();
            await using var __ = command.ConfigureAwait(false);
            command.CommandText = $"KILL {serverThread}";
            await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The connection is gone already, or nobody is there to kill it.
        }
    }
}
