using Remanso.Stores;

namespace Remanso.Sql;

/// <summary>Which versions a save adds to the history.</summary>
public static class HistoryRows
{
    private const string Suffix = "_history";

    /// <summary>The history's table: in the same schema, with <c>_history</c> behind its name.</summary>
    /// <param name="table">The table of current rows.</param>
    public static SqlTableName TableOf(SqlTableName table)
    {
        ArgumentNullException.ThrowIfNull(table);
        return table.WithSuffix(Suffix);
    }

    /// <summary>
    /// All versions that a batch brings, those of a key in their order. The guard does not matter to them, for the tier has accepted them; but a write past the tier that it left alone was never accepted.
    /// </summary>
    /// <param name="batch">The batch.</param>
    /// <param name="leftAlone">The indexes of the writes whose rows the guard left alone.</param>
    public static IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> Of(
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch, IReadOnlyCollection<int> leftAlone)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(leftAlone);
        var refused = leftAlone.Where(index => batch[index].FencingToken == 0).ToHashSet();
        var rows = new List<StoreWrite<string, ReadOnlyMemory<byte>>>(batch.Count);
        for (var i = 0; i < batch.Count; i++)
        {
            if (refused.Contains(i))
                continue;

            rows.AddRange(batch[i].Earlier);
            rows.Add(batch[i]);
        }

        return rows;
    }
}
