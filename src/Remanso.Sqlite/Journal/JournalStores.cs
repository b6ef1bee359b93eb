using Microsoft.Data.Sqlite;
using Remanso.Tiers;

namespace Remanso.Sqlite.Journal;

// A store is known as the tier on Redis knows it: TierOptions.StoreIdentity. The table is of no format of its own, for
// earlier versions pass over it; their journals have no notes, and belong to the first store that comes.

/// <summary>Which store the entries of each cache of a journal are for.</summary>
internal static class JournalStores
{
    /// <summary>What is noted, by cache; empty where nothing is.</summary>
    /// <exception cref="SqliteException">It can't be read.</exception>
    public static Dictionary<string, string> Read(SqliteConnection connection)
    {
        Dictionary<string, string> stores = new(StringComparer.Ordinal);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'stores'";
        if (command.ExecuteScalar() is not > 0L)
        {
            return stores;
        }

        command.CommandText = "SELECT cache, store FROM stores";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            // A damaged page can have anything there.
            if (reader[0] is string cache && reader[1] is string store)
            {
                stores[cache] = store;
            }
        }

        return stores;
    }

    /// <summary>Notes them, in a transaction of its own.</summary>
    /// <exception cref="SqliteException">None is noted.</exception>
    public static void Write(SqliteConnection connection, IEnumerable<KeyValuePair<string, string>> stores)
    {
        using var transaction = connection.BeginTransaction();
        using var command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE IF NOT EXISTS stores (cache TEXT PRIMARY KEY, store TEXT NOT NULL) STRICT";
        command.ExecuteNonQuery();
        command.CommandText = "INSERT INTO stores VALUES ($cache, $store) ON CONFLICT (cache) DO UPDATE SET store = excluded.store";
        var cacheName = command.Parameters.Add("$cache", SqliteType.Text);
        var storeName = command.Parameters.Add("$store", SqliteType.Text);
        foreach (var (cache, store) in stores)
        {
            (cacheName.Value, storeName.Value) = (cache, store);
            command.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    /// <summary>Looks for entries of another store: they would be written into this one without a word.</summary>
    /// <returns>Of which cache and store they are, and the ways on; null where there are none.</returns>
    public static string? FindOther(
        IReadOnlyList<JournalRecord> records,
        IReadOnlyDictionary<string, string> noted,
        IReadOnlyDictionary<string, string> stores
    )
    {
        foreach (var (cache, count) in records.CountBy(static record => record.Cache))
        {
            if (noted.TryGetValue(cache, out var theirs) && stores.TryGetValue(cache, out var ours) && theirs != ours)
            {
                return $"holds {count} entries of the cache {cache} that were written for the store {theirs}, and the store is "
                    + $"{ours}: start with that store, flush, see to the dead letters, and stop. If both are one database, set "
                    + $"Remanso:Caches:{cache}:Tier:StoreIdentity to {theirs}. To give the entries up, move the journal's files away.";
            }
        }

        return null;
    }
}
