using System.Text;
using Microsoft.Data.Sqlite;
using Remanso.Entries;
using Remanso.Stores;
using SQLitePCL;

namespace Remanso.Sqlite;

// A command's parameters are objects: each row would box its numbers and be bound anew, column by column, which costs
// as much as the row itself. Bindings of a statement outlive its reset, so here only what differs from the row before
// is bound. See https://www.sqlite.org/c3ref/bind_blob.html.

/// <summary>The prepared, guarded upsert of one row, bound and stepped without the driver's command in between.</summary>
internal sealed class UpsertStatement : IDisposable
{
    // A key has 1,024 bytes at most; longer ones can't come, and would be given an array of their own.
    private readonly byte[] _keyBytes = new byte[CacheKey.MaxBytes];
    private readonly sqlite3 _database;
    private readonly string _sql;
    private readonly sqlite3_stmt _statement;
    private readonly int _cache;
    private readonly int _key;
    private readonly int _value;
    private readonly int _contentType;
    private readonly int _version;
    private readonly int _deleted;
    private readonly int _expiresAt;
    private readonly int _updatedAt;
    private string? _boundContentType;
    private bool _boundDeleted;
    private long _boundExpiresAt;

    public UpsertStatement(SqliteConnection connection, string sql)
    {
        (_database, _sql) = (connection.Handle!, sql);
        Check(raw.sqlite3_prepare_v2(_database, sql, out _statement));
        _cache = IndexOf("$cache");
        _key = IndexOf("$key");
        _value = IndexOf("$value");
        _contentType = IndexOf("$content_type");
        _version = IndexOf("$version");
        _deleted = IndexOf("$deleted");
        _expiresAt = IndexOf("$expires_at");
        _updatedAt = IndexOf("$updated_at");
    }

    /// <summary>Sets what all rows of a batch share.</summary>
    public void Begin(string cache, long updatedAt)
    {
        Check(raw.sqlite3_bind_text(_statement, _cache, cache));
        Check(raw.sqlite3_bind_int64(_statement, _updatedAt, updatedAt));
        BindContentType(null);
        BindDeleted(false);
        BindExpiresAt(CacheEntry.Never);
    }

    /// <summary>Runs it for a row; false where the one that is stored was left alone.</summary>
    public bool Execute(in StoreWrite<string, ReadOnlyMemory<byte>> write)
    {
        BindKey(write.Key);
        BindValue(write);
        Check(raw.sqlite3_bind_int64(_statement, _version, write.Version));
        if (!string.Equals(write.ContentType, _boundContentType, StringComparison.Ordinal))
        {
            BindContentType(write.ContentType);
        }

        if (write.Deleted != _boundDeleted)
        {
            BindDeleted(write.Deleted);
        }

        if (write.ExpiresAt != _boundExpiresAt)
        {
            BindExpiresAt(write.ExpiresAt);
        }

        var step = raw.sqlite3_step(_statement);
        var reset = raw.sqlite3_reset(_statement);
        if (step != raw.SQLITE_DONE)
        {
            ThrowFor(reset == raw.SQLITE_OK ? step : reset);
        }

        return raw.sqlite3_changes(_database) > 0;
    }

    /// <summary>Lets go of the batch, so that an idle connection keeps no value alive.</summary>
    public void End() => _ = raw.sqlite3_clear_bindings(_statement);

    public void Dispose() => _statement.Dispose();

    private void BindKey(string key)
    {
        var bytes =
            key.Length * 3 <= _keyBytes.Length || Encoding.UTF8.GetByteCount(key) <= _keyBytes.Length
                ? _keyBytes.AsSpan(0, Encoding.UTF8.GetBytes(key, _keyBytes))
                : Encoding.UTF8.GetBytes(key);
        Check(raw.sqlite3_bind_text(_statement, _key, bytes));
    }

    private void BindValue(in StoreWrite<string, ReadOnlyMemory<byte>> write)
    {
        // An empty span has no address, which would bind NULL.
        Check(
            write.Deleted ? raw.sqlite3_bind_null(_statement, _value)
            : write.Value.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, _value, 0)
            : raw.sqlite3_bind_blob(_statement, _value, write.Value.Span)
        );
    }

    private void BindContentType(string? contentType)
    {
        Check(
            contentType is null
                ? raw.sqlite3_bind_null(_statement, _contentType)
                : raw.sqlite3_bind_text(_statement, _contentType, contentType)
        );
        _boundContentType = contentType;
    }

    private void BindDeleted(bool deleted)
    {
        Check(raw.sqlite3_bind_int64(_statement, _deleted, deleted ? 1 : 0));
        _boundDeleted = deleted;
    }

    private void BindExpiresAt(long expiresAt)
    {
        Check(
            expiresAt == CacheEntry.Never
                ? raw.sqlite3_bind_null(_statement, _expiresAt)
                : raw.sqlite3_bind_int64(_statement, _expiresAt, expiresAt)
        );
        _boundExpiresAt = expiresAt;
    }

    private int IndexOf(string parameter) => raw.sqlite3_bind_parameter_index(_statement, parameter);

    private void ThrowFor(int code)
    {
        try
        {
            Check(code);
        }
        catch (SqliteException exception) when (SqliteRowException.Is(exception, _database, _sql))
        {
            throw new SqliteRowException(exception);
        }
    }

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            SqliteException.ThrowExceptionForRC(code, _database);
        }
    }
}
