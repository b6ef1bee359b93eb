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
    private readonly string _existing;
    private readonly Action<SqliteConnection>? _opened;
    private readonly bool _isWriter;

    // A file that was there and is gone was deleted: an empty one in its place would hide that.
    private volatile bool _mustExist;
    private volatile bool _isDisposed;

    /// <param name="address">The database.</param>
    /// <param name="statements">The statements that the connections prepare.</param>
    /// <param name="size">The most connections.</param>
    /// <param name="isWriter">Whether they write: they alone make a file that was never there, and need one that can be
    /// written.</param>
    /// <param name="settings">Pragmas for each new connection.</param>
    /// <param name="opened">What the application does with each of them first.</param>
    public SqliteDataSource(
        SqliteAddress address,
        SqliteStatements statements,
        int size,
        bool isWriter,
        string settings,
        Action<SqliteConnection>? opened = null
    )
    {
        _slots = new SemaphoreSlim(size, size);
        _address = address;
        _statements = statements;
        _settings = settings;
        _opened = opened;
        _isWriter = isWriter;
        _mustExist = !isWriter;
        ConnectionString = address.ToConnectionString();
        _existing = new SqliteConnectionStringBuilder(ConnectionString) is { Mode: SqliteOpenMode.ReadWriteCreate } open
            ? new SqliteConnectionStringBuilder(open.ConnectionString) { Mode = SqliteOpenMode.ReadWrite }.ConnectionString
            : ConnectionString;
    }

    public override string ConnectionString { get; }

    /// <summary>Takes a connection back when its user disposes it.</summary>
    public void TakeBack(SqliteSession session)
    {
        if (!session.IsLent)
        {
            return;
        }

        session.IsLent = false;
        if (_isDisposed || session.IsBroken || session.HasTransaction)
        {
            session.Discard();
        }
        else
        {
            _idle.Push(session);
        }

        _slots.Release();

        // Dispose may have emptied the stack between the check and the push.
        if (_isDisposed)
        {
            DiscardIdle();
        }
    }

    protected override async ValueTask<DbConnection> OpenDbConnectionAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        await _slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            SqliteSession? session;
            while (_idle.TryPop(out session) && SqliteFile.HasMoved(session))
            {
                session.Discard();
            }

            // Null where the stack is empty.
            session ??= OpenNew();

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
        if (!_mustExist && Path.GetDirectoryName(_address.Path) is { Length: > 0 } folder)
        {
            Directory.CreateDirectory(folder);
        }

        var session = new SqliteSession(this, _mustExist ? _existing : ConnectionString, _statements);
        try
        {
            ClosedFile.Open(session, _address.Path);
            _opened?.Invoke(session);
            session.Execute(_settings);
            if (_isWriter)
            {
                SqliteFile.ThrowIfReadOnly(session);
            }

            _mustExist = _address.Path is not null;
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
        {
            session.Discard();
        }
    }
}
