using Npgsql;
using NpgsqlTypes;
using Remanso.Entries;
using Remanso.Stores;

namespace Remanso.Postgres;

/// <summary>A part of a batch turned by a quarter: an array for each column, as <c>unnest</c> takes them.</summary>
internal sealed class PostgresColumns
{
    private readonly string[] _keys;
    private readonly ReadOnlyMemory<byte>[] _values;
    private readonly string?[] _contentTypes;
    private readonly long[] _versions;
    private readonly bool[] _deleted;
    private readonly long?[] _expiresAt;

    private PostgresColumns(int count)
    {
        _keys = new string[count];
        _values = new ReadOnlyMemory<byte>[count];
        _contentTypes = new string?[count];
        _versions = new long[count];
        _deleted = new bool[count];
        _expiresAt = new long?[count];
    }

    /// <summary>Whether all have one content type, and none is deleted or has a lifetime.</summary>
    public bool AreAlike { get; private set; } = true;

    public static PostgresColumns Of(IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch, int start, int count)
    {
        var columns = new PostgresColumns(count);
        for (var i = 0; i < count; i++)
        {
            columns.Set(i, batch[start + i]);
        }

        return columns;
    }

    public static NpgsqlParameter<TElement[]> Array<TElement>(TElement[] elements, NpgsqlDbType type) =>
        new() { TypedValue = elements, NpgsqlDbType = NpgsqlDbType.Array | type };

    /// <summary>A command that takes all columns.</summary>
    public NpgsqlCommand Command(NpgsqlConnection connection, string sql, string cache, long updatedAt)
    {
        var command = Begin(connection, sql, cache, updatedAt);
        command.Parameters.Add(Array(_contentTypes, NpgsqlDbType.Text));
        command.Parameters.Add(Array(_versions, NpgsqlDbType.Bigint));
        command.Parameters.Add(Array(_deleted, NpgsqlDbType.Boolean));
        command.Parameters.Add(Array(_expiresAt, NpgsqlDbType.Bigint));
        return command;
    }

    /// <summary>A command that takes those in which rows that are alike differ, and their content type.</summary>
    public NpgsqlCommand CommandOfAlike(NpgsqlConnection connection, string sql, string cache, long updatedAt)
    {
        var command = Begin(connection, sql, cache, updatedAt);
        command.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = _contentTypes[0], NpgsqlDbType = NpgsqlDbType.Text });
        command.Parameters.Add(Array(_versions, NpgsqlDbType.Bigint));
        return command;
    }

    private NpgsqlCommand Begin(NpgsqlConnection connection, string sql, string cache, long updatedAt)
    {
        var command = new NpgsqlCommand(sql, connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = cache });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = updatedAt });
        command.Parameters.Add(Array(_keys, NpgsqlDbType.Text));
        command.Parameters.Add(Array(_values, NpgsqlDbType.Bytea));
        return command;
    }

    private void Set(int at, in StoreWrite<string, ReadOnlyMemory<byte>> write)
    {
        _keys[at] = write.Key;
        _values[at] = write.Value;
        _contentTypes[at] = write.ContentType;
        _versions[at] = write.Version;
        _deleted[at] = write.Deleted;
        _expiresAt[at] = write.ExpiresAt == CacheEntry.Never ? null : write.ExpiresAt;
        AreAlike = AreAlike && !write.Deleted && write.ExpiresAt == CacheEntry.Never && (at == 0 || write.ContentType == _contentTypes[0]);
    }
}
