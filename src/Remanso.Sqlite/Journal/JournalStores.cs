using Microsoft.Data.Sqlite;
using Remanso.Tiers;
using SQLitePCL;

namespace Remanso.Sqlite.Journal;

// A store is known as the tier on Redis knows it: NotedStore. The table is of no format of its own, for the first versions
// pass over it; their journals have no notes, and belong to the first store that comes. Later ones noted a bare name, and
// for a cache with a store of its own that of the default store, or "unknown": there the name says nothing. A name of this
// version has a "=" before it.

/// <summary>Which store the entries of each cache of a journal are for.</summary>
internal static class JournalStores
{
    private const string Mark = "=";

    /// <summary>How a store is noted.</summary>
    public static string NoteOf(NotedStore store) => Mark + store.Name;

    /// <summary>Reads what is noted, by cache.</summary>
    /// <param name="connection">The journal.</param>
    /// <param name="stores">Takes it; where not all of it can be read, what can.</param>
    /// <exception cref="SqliteException">Not all of it can be read.</exception>
    public static void Read(SqliteConnection connection, Dictionary<string, string> stores)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'stores'";
        if (command.ExecuteScalar() is not > 0L)
        {
            return;
        }

        command.CommandText = "SELECT cache, store FROM stores";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            // A damaged page can have anything there.
            stores[TextOf(reader[0])] = TextOf(reader[1]);
        }
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
        IReadOnlyDictionary<string, NotedStore> stores
    )
    {
        foreach (var (cache, count) in records.CountBy(static record => record.Cache))
        {
            if (
                noted.TryGetValue(cache, out var note)
                && stores.TryGetValue(cache, out var ours)
                && NameIn(note, ours) is { } theirs
                && theirs != ours.Name
            )
            {
                var identity = $"Remanso:Caches:{cache}:Tier:StoreIdentity";
                return $"holds {count} entries of the cache {cache} that were written for "
                    + (theirs.Length == 0 ? "a store that told no name, and " : $"the store {theirs}, and ")
                    + (ours.Name.Length == 0 ? "this one tells none" : $"the store is {ours.Name}")
                    + ": start with that store, flush, see to the dead letters, and stop. If both are one database, "
                    + (theirs.Length == 0 ? $"do so without {identity}." : $"set {identity} to {theirs}.")
                    + " To give the entries up, move the journal's files away.";
            }
        }

        return null;
    }

    // Null where the note says nothing of such a store.
    private static string? NameIn(string note, NotedStore store) =>
        note.StartsWith(Mark, StringComparison.Ordinal) ? note[Mark.Length..]
        : store.Earlier is null ? note
        : null;

    private static string TextOf(object value) =>
        value as string ?? throw new SqliteException("a note of the journal is no text", raw.SQLITE_CORRUPT);
}
