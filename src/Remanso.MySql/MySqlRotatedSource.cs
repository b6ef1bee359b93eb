using System.Data.Common;
using Remanso.Sql;

namespace Remanso.MySql;

// Drivers pool by the connection string, password and all. So another password is another pool; connections that are
// lent of the former one go on, and end when they are given back.

/// <summary>Connections whose password stands in a file that may be exchanged.</summary>
internal sealed class MySqlRotatedSource(string passwordFile, Func<string, DbDataSource> connect) : DbDataSource
{
    private readonly PasswordFile _file = new(passwordFile);
    private readonly Lock _gate = new();
    private DbDataSource? _current;
    private DbDataSource? _former;
    private string? _password;
    private bool _isDisposed;

    public override string ConnectionString => Current().ConnectionString;

    protected override DbConnection CreateDbConnection() => Current().CreateConnection();

    protected override void Dispose(bool disposing)
    {
        lock (_gate)
        {
            _isDisposed = true;
            _current?.Dispose();
            _former?.Dispose();
        }

        base.Dispose(disposing);
    }

    private DbDataSource Current()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var password = _file.Current();
            if (_current is null || password != _password)
            {
                // Somebody may be about to take a connection of the last one; nobody is of the one before it.
                _former?.Dispose();
                (_former, _current, _password) = (_current, connect(password), password);
            }

            return _current;
        }
    }
}
