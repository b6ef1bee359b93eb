using System.Data.Common;
using System.Text;
using Remanso.Entries;
using Remanso.Stores;

namespace Remanso.MySql;

/// <summary>Writes the rows of a batch into statements: a few large ones, each within what the server takes at once.</summary>
/// <param name="packet">What the server takes.</param>
/// <param name="head">The statement before its rows.</param>
/// <param name="end">The statement behind them.</param>
/// <param name="cache">The cache that the rows belong to.</param>
/// <param name="updatedAt">When they are written.</param>
/// <param name="saveId">Which save writes them; null where the table does not say.</param>
internal sealed class UpsertText(MySqlPacket packet, string head, string end, string cache, long updatedAt, long? saveId)
{
    /// <summary>A row without its key, content type and value: numbers, commas, quotes.</summary>
    private const int RowBytes = 128;

    private readonly string _cache = HexText.Of(cache);

    /// <summary>How many rows from <paramref name="start"/> on one statement holds; at least one.</summary>
    public int CountThatFits(IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch, int start, long statementBytes)
    {
        var bytes = Bytes(batch[start]);
        var count = 1;
        while (start + count < batch.Count && (bytes += Bytes(batch[start + count])) <= statementBytes)
        {
            count++;
        }

        return count;
    }

    /// <summary>The most bytes that a statement of this row alone has.</summary>
    public long BytesAlone(in StoreWrite<string, ReadOnlyMemory<byte>> write) => Bytes(write) + head.Length + end.Length;

    /// <summary>Writes the statement for some rows into a command, behind what prepares its session.</summary>
    public void Write(
        DbCommand command,
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        int start,
        int count,
        string before = ""
    )
    {
        var sql = new StringBuilder(before).Append(head);
        for (var i = start; i < start + count; i++)
        {
            var write = batch[i];
            sql.Append(i == start ? "(" : ",(")
                .Append(_cache)
                .Append(',')
                .AppendHex(write.Key)
                .Append(',')
                .AppendNumber(write.Version)
                .Append(',');
            (write.ExpiresAt == CacheEntry.Never ? sql.Append("NULL") : sql.AppendNumber(write.ExpiresAt)).Append(',');
            sql.AppendNumber(updatedAt);
            if (saveId is { } id)
            {
                sql.Append(',').AppendNumber(id);
            }

            sql.Append(write.Deleted ? ",1," : ",0,");
            (write.ContentType is null ? sql.Append("NULL") : sql.AppendHex(write.ContentType)).Append(',');
            AppendValue(sql, command, write);
            sql.Append(')');
        }

        command.CommandText = sql.Append('\n').Append(end).ToString();
    }

    private void AppendValue(StringBuilder sql, DbCommand command, in StoreWrite<string, ReadOnlyMemory<byte>> write)
    {
        if (write.Deleted)
        {
            sql.Append("NULL");
        }
        else if (!packet.TakesAsParameter(write.Value.Length))
        {
            sql.AppendHex(write.Value.Span);
        }
        else
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = $"@v{command.Parameters.Count}";
            parameter.DbType = System.Data.DbType.Binary;
            parameter.Value = write.Value.ToArray();
            command.Parameters.Add(parameter);
            sql.Append(parameter.ParameterName);
        }
    }

    private long Bytes(in StoreWrite<string, ReadOnlyMemory<byte>> write) =>
        RowBytes
        + _cache.Length
        + HexText.Length(write.Key)
        + (write.ContentType is null ? 0 : HexText.Length(write.ContentType))
        + ValueBytes(write);

    private long ValueBytes(in StoreWrite<string, ReadOnlyMemory<byte>> write)
    {
        if (write.Deleted || !packet.TakesAsParameter(write.Value.Length))
        {
            return HexText.Length(write.Deleted ? 0 : write.Value.Length);
        }

        return MySqlPacket.Escaped(write.Value.Span);
    }
}
