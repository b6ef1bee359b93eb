using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;
using Remanso.Entries;
using Remanso.Stores;

namespace Remanso.Sqlite;

/// <summary>The prepared, guarded upsert of one row. Its parameters are made once: binding is most of what a row costs.</summary>
internal sealed class UpsertCommand : IDisposable
{
    private readonly SqliteCommand _command;
    private readonly SqliteParameter _cache;
    private readonly SqliteParameter _key;
    private readonly SqliteParameter _value;
    private readonly SqliteParameter _contentType;
    private readonly SqliteParameter _version;
    private readonly SqliteParameter _deleted;
    private readonly SqliteParameter _expiresAt;
    private readonly SqliteParameter _updatedAt;

    public UpsertCommand(SqliteConnection connection, string sql)
    {
        _command = connection.CreateCommand();
        _command.CommandText = sql;
        _cache = _command.Parameters.Add("$cache", SqliteType.Text);
        _key = _command.Parameters.Add("$key", SqliteType.Text);
        _value = _command.Parameters.Add("$value", SqliteType.Blob);
        _contentType = _command.Parameters.Add("$content_type", SqliteType.Text);
        _version = _command.Parameters.Add("$version", SqliteType.Integer);
        _deleted = _command.Parameters.Add("$deleted", SqliteType.Integer);
        _expiresAt = _command.Parameters.Add("$expires_at", SqliteType.Integer);
        _updatedAt = _command.Parameters.Add("$updated_at", SqliteType.Integer);
    }

    /// <summary>Sets what all rows of a batch share.</summary>
    public void Begin(SqliteTransaction transaction, string cache, long updatedAt)
    {
        _command.Transaction = transaction;
        _cache.Value = cache;
        _updatedAt.Value = updatedAt;
    }

    /// <summary>Upserts a row; false where the guard left the stored one alone.</summary>
    public bool Execute(in StoreWrite<string, ReadOnlyMemory<byte>> write)
    {
        _key.Value = write.Key;
        _value.Value = write.Deleted ? DBNull.Value : ToArray(write.Value);
        _contentType.Value = write.ContentType ?? (object)DBNull.Value;
        _version.Value = write.Version;
        _deleted.Value = write.Deleted ? 1L : 0L;
        _expiresAt.Value = write.ExpiresAt == CacheEntry.Never ? DBNull.Value : write.ExpiresAt;
        return _command.ExecuteNonQuery() > 0;
    }

    /// <summary>Lets go of the batch, so that an idle connection keeps no value alive.</summary>
    public void End()
    {
        _command.Transaction = null;
        _value.Value = DBNull.Value;
    }

    public void Dispose() => _command.Dispose();

    /// <remarks>The driver binds arrays only; a value that fills its array, as most do, is not copied.</remarks>
    private static byte[] ToArray(ReadOnlyMemory<byte> value) =>
        MemoryMarshal.TryGetArray(value, out var segment) && segment.Array!.Length == segment.Count
            ? segment.Array
            : value.ToArray();
}
