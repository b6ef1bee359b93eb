using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Remanso.Sqlite;

/// <summary>
/// Hands out a bounded number of open connections and keeps them: with a size of one it is the lock that lets one
/// writer at a time into the database, waited for without holding a thread.
/// </summary>
internal sealed class SqliteDataSource : DbDataSource
{
    private readonly SemaphoreSlim _slots;
    private readonly ConcurrentStack<SqliteSession> _idle = new();
    private readonly SqliteAddress _address;
    private readonly SqliteStatements _statements;
    private readonly string _settings;
    private volatile bool _isDisposed;

    /// <param name="address">The database.</param>
    /// <param name="statements">The statements that the connections prepare.</param>
    /// <param name="size">The most connections.</param>
    /// <param name="settings">Pragmas for each new connection.</param>
    public SqliteDataSource(SqliteAddress address, SqliteStatements statements, int size, string settings)
    {
        _slots = new SemaphoreSlim(size, size);
        _address = address;
        _statements = statements;
        _settings = settings;
        ConnectionString = address.ToConnectionString();
    }

    public override string ConnectionString { get; }

    /// <summary>Takes a connection back when its user disposes it.</summary>
    public void TakeBack(SqliteSession session)
    {
        if (!session.IsLent)
            return;

        session.IsLent = false;
        if (_isDisposed || session.IsBroken || session.HasTransaction)
            session.Discard();
        else
            _idle.Push(session);

        _slots.Release();

        // Dispose may have emptied the stack between the check and the push.
        if (_isDisposed)
            DiscardIdle();
    }

    protected override async ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!_idle.TryPop(out var session))
                session = OpenNew();

            session.IsLent = true;
            return session;
        }
        catch
        {
            _slots.Release();
            throw;
        }
    }

    protected override DbConnection CreateDbConnection() =>
        throw new NotSupportedException("This data source hands out open connections only; use OpenConnectionAsync.");

    protected override void Dispose(bool disposing)
    {
        _isDisposed = true;
        DiscardIdle();
        base.Dispose(disposing);
    }

    private SqliteSession OpenNew()
    {
        if (Path.GetDirectoryName(_address.Path) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);

        var session = new SqliteSession(this, ConnectionString, _statements);
        try
        {
            session.Open();
            session.Execute(_settings);
            return session;
        }
        catch
        {
            session.Discard();
            throw;
        }
    }

    private void DiscardIdle()
    {
        while (_idle.TryPop(out var session))
            session.Discard();
    }
}
