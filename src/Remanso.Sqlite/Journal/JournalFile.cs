using Microsoft.Data.Sqlite;
using Remanso.Sql;
using Remanso.Tiers;
using SQLitePCL;

namespace Remanso.Sqlite.Journal;

// synchronous=FULL in WAL mode: a commit is one append to the log and one fsync. The exclusive mode keeps the log's
// index in this process's memory instead of in a shared file, if it is set before anything is read: so a journal on a
// full disk can be read, and nobody else opens it, whatever became of its lock. fullfsync is for macOS, whose fsync
// leaves what it syncs in the drive's cache; elsewhere it changes nothing. A checkpoint comes every 4,000 pages (16 MiB)
// rather than 1,000, for it costs the commit that it comes with two more fsyncs.

/// <summary>An open journal: one connection that holds the file for itself, and the statements of a commit.</summary>
internal sealed class JournalFile : IDisposable
{
    // "RMJ1": tells a journal from any other SQLite database.
    private const int ApplicationId = 0x524D4A31;
    private const int Format = 2;

    // What has no table of versions is read by earlier processes, too.
    private const int FirstFormat = 1;

    private const int ShrinkEvery = 16;
    private const int MostFreePages = 4096;
    private const int StepPages = 1024;

    private readonly SqliteConnection _connection;
    private int _commits;
    private JournalStatement? _write;
    private JournalStatement? _remove;
    private JournalStatement? _highest;
    private JournalVersionTable? _versions;
    private JournalStatement? _end;
    private bool? _hasVersions;

    private JournalFile(SqliteConnection connection) => _connection = connection;

    /// <summary>Whether it has a table of versions.</summary>
    public bool HasVersions =>
        _hasVersions ??= AskNumber("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'versions'") > 0;

    public SqliteConnection Connection => _connection;

    /// <summary>The highest version that was ever committed; 0 until it was read.</summary>
    public long HighestVersion { get; private set; }

    /// <summary>Opens the file, and makes it where it is missing.</summary>
    /// <param name="address">The file.</param>
    /// <param name="isDamaged">Whether to open it though its length is not what its header says; it is read then and not written.</param>
    /// <exception cref="SqliteException">It is damaged, or can't be written.</exception>
    /// <exception cref="TierJournalException">It is no journal, or a later version's.</exception>
    public static JournalFile Open(SqliteAddress address, bool isDamaged = false)
    {
        var connection = new SqliteConnection(address.ToConnectionString());
        var file = new JournalFile(connection);
        try
        {
            ClosedFile.Open(connection, address.Path);
            SqliteFile.ThrowIfReadOnly(connection);
            file.Execute("PRAGMA locking_mode=EXCLUSIVE");
            if (isDamaged)
            {
                file.Execute("PRAGMA writable_schema=ON");
            }

            // It says how a file is laid out, and is written anew into each that says so.
            if (!isDamaged && file.AskNumber("PRAGMA page_count") == 0)
            {
                file.Execute("PRAGMA auto_vacuum=INCREMENTAL");
            }

            file.Execute(
                "PRAGMA busy_timeout=0; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                    + "PRAGMA fullfsync=1; PRAGMA wal_autocheckpoint=4000; PRAGMA journal_size_limit=67108864;"
            );
            if (!file.IsJournal(address))
            {
                file.Create();
            }

            return file;
        }
        catch (Exception exception)
        {
            SqliteFailures.NoteCause(exception, connection);
            file.Dispose();
            throw;
        }
    }

    /// <summary>Where it ends; null where it does not say so yet.</summary>
    public JournalMark? End { get; private set; }

    /// <summary>Reads <see cref="End"/>.</summary>
    /// <exception cref="SqliteException">It can't be read.</exception>
    public void ReadEnd()
    {
        if (AskNumber("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'ends'") == 0)
        {
            return;
        }

        using var command = _connection.CreateCommand();
        command.CommandText = "SELECT id, commits, changes FROM ends";
        using var reader = command.ExecuteReader();
        End = reader.Read() ? new JournalMark(NumberOf(reader[0]), NumberOf(reader[1]), NumberOf(reader[2])) : null;
    }

    /// <summary>Which store the entries of each cache are for, as far as it is noted.</summary>
    public Dictionary<string, string> Stores { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads <see cref="Stores"/>.</summary>
    /// <exception cref="SqliteException">Not all of it can be read.</exception>
    public void ReadStores() => JournalStores.Read(_connection, Stores);

    /// <summary>Looks through the structure of all pages: an index that is broken would be found by a later write only.</summary>
    /// <returns>What is wrong first; null where nothing is.</returns>
    public string? Check() => Ask("PRAGMA quick_check(1)") is string and not "ok" and var wrong ? wrong.ReplaceLineEndings(" ") : null;

    /// <summary>Reads <see cref="HighestVersion"/>.</summary>
    /// <exception cref="SqliteException">It can't be read.</exception>
    public void ReadHighestVersion() => HighestVersion = NumberOf(Ask("SELECT version FROM highest"));

    /// <summary>Notes which store the entries of each cache are for, where anything else is noted.</summary>
    /// <exception cref="SqliteException">None is noted.</exception>
    public void NoteStores(IEnumerable<KeyValuePair<string, string>> stores)
    {
        var others = stores.Where(store => !Stores.TryGetValue(store.Key, out var noted) || noted != store.Value).ToArray();
        if (others.Length > 0)
        {
            JournalStores.Write(_connection, others);
            ReadStores();
        }
    }

    /// <summary>Writes all records, or none.</summary>
    /// <exception cref="SqliteException">None is written.</exception>
    public void Commit(IReadOnlyList<JournalRecord> records)
    {
        _write ??= new JournalStatement(_connection, Read("journal_write"));
        _remove ??= new JournalStatement(_connection, Read("journal_remove"));
        _highest ??= new JournalStatement(_connection, "UPDATE highest SET version = ?");
        if (_versions is null && (HasVersions || records.Any(static record => record.IsOneOfMany)))
        {
            _versions = CreateVersions();
        }

        var end = _end is null ? PrepareEnd() : End!.Value;
        end = end with { Commits = end.Commits + 1, Changes = end.Changes + records.Count };

        using var transaction = _connection.BeginTransaction();
        var highest = HighestVersion;
        try
        {
            foreach (var record in records)
            {
                highest = Math.Max(highest, record.Version);
                if (record.Entry is null)
                {
                    Remove(record);
                }
                else
                {
                    Write(record.IsOneOfMany ? _versions!.Keep : _write, record);
                }
            }

            _highest.Bind(1, highest);
            _highest.Run();
            _end!.Bind(1, end.Commits);
            _end.Bind(2, end.Changes);
            _end.Run();
            transaction.Commit();
            SqliteFile.ThrowIfMoved(_connection);
            HighestVersion = highest;
            End = end;
        }
        finally
        {
            _write.Clear();
            _versions?.Keep.Clear();
        }

        if (++_commits % ShrinkEvery == 0)
        {
            TryShrink();
        }
    }

    // What is committed is kept: that this fails, for want of room for instance, is no failure of the commit.
    private void TryShrink()
    {
        try
        {
            Shrink();
        }
        catch (SqliteException)
        {
            // It is tried again after some commits, which tell by themselves where the disk is full.
        }
    }

    /// <summary>Gives back what a backlog left behind: where most of a file of more than 16 MiB is free, a step of 4
    /// MiB, which a commit hardly feels. A file of an earlier layout is written anew, once.</summary>
    private void Shrink()
    {
        var free = AskNumber("PRAGMA freelist_count");
        if (free < MostFreePages || free * 2 < AskNumber("PRAGMA page_count"))
        {
            return;
        }

        if (AskNumber("PRAGMA auto_vacuum") == 0)
        {
            Execute("PRAGMA auto_vacuum=INCREMENTAL; VACUUM;");
        }
        else
        {
            Execute($"PRAGMA incremental_vacuum({StepPages})");
        }
    }

    /// <summary>Moves all of the log into the file. A close does so, too, but says nothing where it can't.</summary>
    /// <exception cref="SqliteException">There is no room for it, for instance; all of it is still in the log.</exception>
    public void EmptyLog()
    {
        // The first of three numbers: whether something kept it from that.
        if (AskNumber("PRAGMA wal_checkpoint(TRUNCATE)") != 0)
        {
            throw new SqliteException("the log could not be moved into the file", raw.SQLITE_BUSY);
        }
    }

    /// <summary>Closes without a checkpoint: a damaged log stays as it was found, for those who look into it.</summary>
    public void LeaveAsFound() => _ = raw.sqlite3_db_config(_connection.Handle!, raw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, out _);

    private void Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        _write?.Dispose();
        _remove?.Dispose();
        _highest?.Dispose();
        _versions?.Dispose();
        _end?.Dispose();
        _connection.Dispose();
    }

    // The parameters in the order of the statement.
    private static void Write(JournalStatement write, JournalRecord record)
    {
        var entry = record.Entry!;
        write.Bind(1, record.Cache);
        write.Bind(2, record.Key);
        write.Bind(3, entry.Version);
        write.Bind(4, (long)entry.State);
        write.Bind(5, entry.ExpiresAt);
        write.Bind(6, entry.CachedAt);
        write.Bind(7, record.FailedAt);
        write.Bind(8, JournalChecksum.Of(record));
        write.Bind(9, entry.ContentType);
        write.Bind(10, record.Error);
        write.Bind(11, JournalTags.Join(entry.Tags));
        write.Bind(12, entry.Value.Span);
        write.Run();
    }

    private void Remove(JournalRecord record)
    {
        // The mode may have changed since: a key's rows may lie in both tables.
        _versions?.Forget(record);
        if (record.IsOneOfMany)
        {
            return;
        }

        _remove!.Bind(1, record.Cache);
        _remove.Bind(2, record.Key);
        _remove.Run();
    }

    private JournalMark PrepareEnd()
    {
        if (End is null)
        {
            using var transaction = _connection.BeginTransaction();
            Execute(Read("journal_end"));
            transaction.Commit();
            ReadEnd();
        }

        _end = new JournalStatement(_connection, "UPDATE ends SET commits = ?, changes = ?");
        return End!.Value;
    }

    private JournalVersionTable CreateVersions()
    {
        using var transaction = _connection.BeginTransaction();
        Execute($"{Read("journal_versions")} PRAGMA user_version={Format};");
        transaction.Commit();
        return new JournalVersionTable(_connection, Read("journal_keep"));
    }

    private static string Read(string name) => SqlText.Read(typeof(JournalFile).Assembly, name, string.Empty);

    // A journal is not written until it has been read: a damaged one must stay as it was found.
    private bool IsJournal(SqliteAddress address)
    {
        if (AskNumber("PRAGMA application_id") != ApplicationId)
        {
            return AskNumber("SELECT count(*) FROM sqlite_schema") == 0
                ? false
                : throw new TierJournalException($"{address} is a database of something else; the journal needs a file of its own.");
        }

        return AskNumber("PRAGMA user_version") is > Format and var format
            ? throw new TierJournalException($"{address} is a journal of format {format}; this version knows {Format}.")
            : true;
    }

    private void Create()
    {
        using var transaction = _connection.BeginTransaction();
        Execute($"PRAGMA application_id={ApplicationId}; PRAGMA user_version={FirstFormat}; {Read("journal")} {Read("journal_end")}");
        transaction.Commit();
    }

    public object? Ask(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    private long AskNumber(string sql) => NumberOf(Ask(sql) ?? 0L);

    // SQLite trusts what a page says of its values: a damaged one has nothing, or text, where the table has numbers only.
    private static long NumberOf(object? value) =>
        value as long? ?? throw new SqliteException("a number of the journal is none", raw.SQLITE_CORRUPT);
}
