using System.Data.Common;
using System.Globalization;
using Remanso.Entries;
using Remanso.Stores;

namespace Remanso.Sql;

/// <summary>Which versions a save adds to the history.</summary>
internal static class HistoryRows
{
    private const string Suffix = "_history";

    /// <summary>The history's table: in the same schema, with <c>_history</c> behind its name.</summary>
    /// <param name="table">The table of current rows.</param>
    public static SqlTableName TableOf(SqlTableName table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.WithSuffix(Suffix);
    }

    /// <summary>Reads one version: version, deleted, expires_at, updated_at, content_type, the size of the value, the value.</summary>
    /// <param name="reader">Stands on its row.</param>
    /// <param name="text">Reads a text.</param>
    public static HistoryVersion Read(DbDataReader reader, Func<DbDataReader, int, string> text)
    {
        ArgumentNullException.ThrowIfNull(reader);
        ArgumentNullException.ThrowIfNull(text);
        return new HistoryVersion
        {
            Version = reader.GetInt64(0),
            Deleted = Convert.ToInt64(reader.GetValue(1), CultureInfo.InvariantCulture) != 0,
            ExpiresAt = reader.IsDBNull(2) ? CacheEntry.Never : reader.GetInt64(2),
            StoredAt = reader.GetInt64(3),
            ContentType = reader.IsDBNull(4) ? null : text(reader, 4),
            Bytes = Convert.ToInt64(reader.GetValue(5), CultureInfo.InvariantCulture),
            Value = reader.IsDBNull(6) ? (ReadOnlyMemory<byte>?)null : reader.GetFieldValue<byte[]>(6),
        };
    }

    /// <summary>All versions that a batch brings, those of a key in their order. The guard does not matter to them,
    /// for the tier has accepted them; but a write past the tier that it left alone was never accepted.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="leftAlone">The indexes of the writes whose rows the guard left alone.</param>
    public static IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> Of(
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        IReadOnlyCollection<int> leftAlone
    )
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(leftAlone);
        var refused = leftAlone.Where(index => batch[index].FencingToken == 0).ToHashSet();
        var rows = new List<StoreWrite<string, ReadOnlyMemory<byte>>>(batch.Count);
        for (var i = 0; i < batch.Count; i++)
        {
            if (refused.Contains(i))
            {
                continue;
            }

            rows.AddRange(batch[i].Earlier);
            rows.Add(batch[i]);
        }

        return rows;
    }
}
