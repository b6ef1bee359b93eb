using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Remanso.Sqlite.Journal;

/// <summary>A prepared statement, bound and stepped without the driver's command in between: no boxing, no search by name.</summary>
internal sealed class JournalStatement : IDisposable
{
    private readonly byte[] _buffer = new byte[4096];
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public JournalStatement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(_database, sql, out _statement));
    }

    public void Bind(int index, long number) => Check(raw.sqlite3_bind_int64(_statement, index, number));

    public void Bind(int index, string? text)
    {
        if (text is null)
        {
            Check(raw.sqlite3_bind_null(_statement, index));
        }
        else if (text.Length * 3 <= _buffer.Length)
        {
            Check(raw.sqlite3_bind_text(_statement, index, _buffer.AsSpan(0, Encoding.UTF8.GetBytes(text, _buffer))));
        }
        else
        {
            Check(raw.sqlite3_bind_text(_statement, index, text));
        }
    }

    // An empty span has no address, which would bind NULL.
    public void Bind(int index, ReadOnlySpan<byte> bytes) =>
        Check(bytes.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, index, 0) : raw.sqlite3_bind_blob(_statement, index, bytes));

    public void Run()
    {
        var step = raw.sqlite3_step(_statement);
        var reset = raw.sqlite3_reset(_statement);
        if (step != raw.SQLITE_DONE)
        {
            Check(reset == raw.SQLITE_OK ? step : reset);
        }
    }

    /// <summary>Lets go of what is bound, so that an idle statement keeps no value alive.</summary>
    public void Clear() => _ = raw.sqlite3_clear_bindings(_statement);

    public void Dispose() => _statement.Dispose();

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            SqliteException.ThrowExceptionForRC(code, _database);
        }
    }
}
