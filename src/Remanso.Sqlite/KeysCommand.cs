using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Data.Sqlite;

namespace Remanso.Sqlite;

/// <summary>
/// A prepared query by many keys, which travel as one JSON array. Measured against a prepared point query per key and
/// against <c>IN ($k0, $k1, …)</c>: as fast for one key as the former, 1.5 times faster than both for 1,000; and it is
/// one statement, hence one snapshot, without SQLite's bound on parameters.
/// </summary>
internal sealed class KeysCommand : IDisposable
{
    private static readonly JsonWriterOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly SqliteCommand _command;
    private readonly SqliteParameter _cache;
    private readonly SqliteParameter _keys;

    public KeysCommand(SqliteConnection connection, string sql)
    {
        _command = connection.CreateCommand();
        _command.CommandText = sql;
        _cache = _command.Parameters.Add("$cache", SqliteType.Text);
        _keys = _command.Parameters.Add("$keys", SqliteType.Text);
    }

    public SqliteDataReader Execute(string cache, IReadOnlyList<string> keys, SqliteTransaction? transaction = null)
    {
        _command.Transaction = transaction;
        _cache.Value = cache;
        _keys.Value = ToJson(keys);
        return _command.ExecuteReader();
    }

    public void Dispose() => _command.Dispose();

    public static string ToJson(IReadOnlyList<string> keys)
    {
        var buffer = new ArrayBufferWriter<byte>(64 * (keys.Count + 1));
        using var writer = new Utf8JsonWriter(buffer, _json);
        writer.WriteStartArray();
        for (var i = 0; i < keys.Count; i++)
        {
            writer.WriteStringValue(keys[i]);
        }

        writer.WriteEndArray();
        writer.Flush();
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
