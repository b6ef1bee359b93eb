using System.Text;
using Microsoft.Data.Sqlite;
using Remanso.Entries;
using Remanso.Sql;
using Remanso.Tiers;

namespace Remanso.Sqlite.Journal;

// A page that can't be read ends the query. The rest is then asked for in ever smaller ranges of row numbers, so that
// what is lost is what lay on such pages.

/// <summary>Reads all rows of a journal, past what is damaged.</summary>
internal sealed class JournalRows(SqliteConnection connection)
{
    // Of a tree whose pages above the leaves are damaged, any range fails: this many failures, and the rest is given up.
    private const int MostFailures = 20_000;

    // From the cache to the checksum.
    private const int FirstNeeded = 1;
    private const int LastNeeded = 8;

    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Cache, string Key, long Version), int> _found = [];
    private int _failures;
    private int _badRows;

    /// <summary>The rows that could be read.</summary>
    public List<JournalRecord> Records { get; } = [];

    /// <summary>What could not; null where nothing was missing.</summary>
    public string? Damage =>
        (_failures, _badRows) switch
        {
            (0, 0) => null,
            (0, _) => $"the checksums of {_badRows} entries are wrong",
            (_, 0) => "some of its pages can't be read",
            _ => $"some of its pages can't be read, and the checksums of {_badRows} entries are wrong",
        };

    /// <summary>Reads them.</summary>
    /// <param name="withVersions">Whether there is a table of versions, too.</param>
    /// <exception cref="SqliteException">A table itself can't be found.</exception>
    public void Read(bool withVersions)
    {
        Read("dirty", areVersions: false);
        if (withVersions)
        {
            Read("versions", areVersions: true);
        }
    }

    private void Read(string table, bool areVersions)
    {
        using var command = connection.CreateCommand();
        command.CommandText = SqlText.Read(typeof(JournalRows).Assembly, "journal_read", table);
        var first = command.Parameters.Add("$first", SqliteType.Integer);
        var last = command.Parameters.Add("$last", SqliteType.Integer);
        command.Prepare();
        var ranges = new Stack<(long First, long Last)>([(1, long.MaxValue)]);
        while (ranges.TryPop(out var range) && _failures < MostFailures)
        {
            (first.Value, last.Value) = (range.First, range.Last);
            var next = range.First;
            try
            {
                using var reader = command.ExecuteReader();
                while (reader.Read())
                {
                    next = reader.GetInt64(0) + 1;
                    Add(reader, areVersions);
                }
            }
            catch (SqliteException)
            {
                _failures++;
                Split(ranges, next, range.Last);
            }
        }
    }

    // Row numbers are dense from below, so the next ones are looked for close by: the first range doubles from one row,
    // the second has all behind it.
    private void Split(Stack<(long First, long Last)> ranges, long first, long last)
    {
        if (first >= last)
        {
            return;
        }

        var length = Math.Max(1, Math.Min(last - first, 1L << 40) / 2);
        ranges.Push((first + length, last));
        ranges.Push((first, first + length - 1));
    }

    private void Add(SqliteDataReader reader, bool isVersion)
    {
        if (!IsWhole(reader))
        {
            _badRows++;
            return;
        }

        var entry = new CacheEntry
        {
            Version = reader.GetInt64(3),
            State = (EntryState)reader.GetInt64(4),
            ExpiresAt = reader.GetInt64(5),
            CachedAt = reader.GetInt64(6),
            ContentType = reader.IsDBNull(9) ? null : NameOf(reader.GetString(9)),
            Tags = reader.IsDBNull(11) ? null : JournalTags.Split(reader.GetString(11)),
            Value = reader.IsDBNull(12) ? default : reader.GetFieldValue<byte[]>(12),
        };
        var record = new JournalRecord(
            NameOf(reader.GetString(1)),
            reader.GetString(2),
            entry.Version,
            entry,
            reader.IsDBNull(10) ? null : WholeText(reader, 10),
            reader.GetInt64(7)
        )
        {
            IsOneOfMany = isVersion,
        };
        if (JournalChecksum.Of(record) != reader.GetInt64(8))
        {
            _badRows++;
        }
        else if (!_found.TryAdd(IdentityOf(record), Records.Count))
        {
            // Twice in a damaged file: the newer one.
            var at = _found[IdentityOf(record)];
            if (Records[at].Version < record.Version)
            {
                Records[at] = record;
            }
        }
        else
        {
            Records.Add(record);
        }
    }

    // A damaged page can have nothing in a column that is never without a value.
    private static bool IsWhole(SqliteDataReader reader)
    {
        for (var column = FirstNeeded; column <= LastNeeded; column++)
        {
            if (reader.IsDBNull(column))
            {
                return false;
            }
        }

        return true;
    }

    private static (string Cache, string Key, long Version) IdentityOf(JournalRecord record) =>
        (record.Cache, record.Key, record.IsOneOfMany ? record.Version : 0);

    // Read as a text it would end at a NUL, which a store's error may have.
    private static string WholeText(SqliteDataReader reader, int column) => Encoding.UTF8.GetString(reader.GetFieldValue<byte[]>(column));

    // Few names, many rows.
    private string NameOf(string name)
    {
        if (_names.TryGetValue(name, out var known))
        {
            return known;
        }

        if (_names.Count < 1000)
        {
            _names.Add(name, name);
        }

        return name;
    }
}
