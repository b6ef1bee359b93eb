using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace Remanso.MySql;

// MySql.Data 26 does neither: a cancelled or late asynchronous call goes on until the server answers. So the driver is
// given no token. A call that is given up goes on in the background; the server is told to kill its connection, which
// rolls its transaction back unless the commit came first; and the connection goes back to the driver's pool only when
// the call has ended: broken, so that nobody uses it again.

/// <summary>
/// A connection of the driver whose calls end when they are cancelled or take too long, whatever the driver does about it.
/// </summary>
internal sealed class MySqlSession(MySqlDataSource owner, DbConnection connection, TimeSpan timeout, TimeProvider time) : DbConnection
{
    private Task? _givenUp;
    private bool _released;

    [AllowNull]
    public override string ConnectionString
    {
        get => connection.ConnectionString;
        set => connection.ConnectionString = value;
    }

    public override string Database => connection.Database;

    public override string DataSource => connection.DataSource;

    public override string ServerVersion => connection.ServerVersion;

    public override ConnectionState State => connection.State;

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
        var running = work(connection, stop.Token);
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

    private DbConnection Inner => connection;

    public override void Open() => connection.Open();

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

    public override void Close() => connection.Close();

    public override void ChangeDatabase(string databaseName) => connection.ChangeDatabase(databaseName);

    public override async ValueTask DisposeAsync()
    {
        if (!_released && _givenUp is null)
        {
            _released = true;
            await connection.DisposeAsync().ConfigureAwait(false);
        }

        await base.DisposeAsync().ConfigureAwait(false);
    }

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => connection.BeginTransaction(isolationLevel);

    protected override DbCommand CreateDbCommand() => connection.CreateCommand();

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_released && _givenUp is null)
        {
            _released = true;
            connection.Dispose();
        }

        base.Dispose(disposing);
    }

    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Who gives a driver is told that it must not be trimmed.")]
    private async Task EndAsync(Task running)
    {
        // Both drivers call it so; without a number the call ends when the server answers.
        if (
            connection.State is not (ConnectionState.Closed or ConnectionState.Connecting)
            && connection.GetType().GetProperty("ServerThread")?.GetValue(connection) is int thread
        )
        {
            await owner.KillAsync(thread).ConfigureAwait(false);
        }

        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // A driver may complain that what it closes is closed.
        }
    }
}
