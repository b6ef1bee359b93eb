using Microsoft.Data.Sqlite;
using Remanso.Sqlite.Journal;
using Remanso.Tiers;
using SQLitePCL;

namespace Remanso.Sqlite;

// Damage. SQLite checks the frames of its write-ahead log and the structure of its pages, not what is in them. So each
// row carries a checksum, and the log is looked through before SQLite opens it (WalInspection). Where anything is
// wrong, what can be read goes into a new file, and the old one becomes PATH.damaged-N.
//
// Its end. PATH.end says how many transactions there were (JournalEnd): what is missing is told with its number. A file
// that is deleted or replaced while it is open is told with the next commit.
//
// One process. PATH.lock keeps others out.
//
// PATH is where symbolic links lead: SQLite has the log there, so there is all that lies beside it.
//
// Its store. Entries are for the store that was there when they were written (JournalStores). It is noted with the first
// commit of a process, so that a journal on a full disk can be read.

/// <summary>A journal of the memory tier in a SQLite file of its own, whatever the backing store is.</summary>
internal sealed class SqliteJournal : ITierJournal
{
    private readonly SqliteAddress _address;
    private string _path;
    private JournalLock? _lock;
    private JournalFile? _file;
    private JournalEnd? _end;
    private FileWitness? _witness;
    private IReadOnlyDictionary<string, NotedStore> _stores = new Dictionary<string, NotedStore>();
    private bool _hasCommitted;
    private bool _hasStores;

    /// <summary>Creates the journal; the file is first touched when it is opened.</summary>
    /// <param name="address">A file, which nothing else uses.</param>
    /// <exception cref="FormatException">The address is a database in memory.</exception>
    public SqliteJournal(SqliteAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        _address = address;
        _path = address.Path
            ?? throw new FormatException("The journal needs a file: sqlite:PATH. In memory it would not outlive the process.");
    }

    /// <inheritdoc/>
    public string Description => _address.ToString();

    /// <inheritdoc/>
    public async ValueTask<JournalContent> OpenAsync(IReadOnlyDictionary<string, NotedStore> stores, CancellationToken cancellationToken) =>
        await Task.Run(() => Open(stores), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public async ValueTask CommitAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken) =>
        await Task.Run(() => Commit(records), cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    /// <summary>The journal's connection, while it is open.</summary>
    internal SqliteConnection Connection => _file!.Connection;

    /// <summary>Called with what is to replace a damaged journal, before its log is emptied: stands for the disk.</summary>
    internal Action<SqliteConnection>? Replacing { get; init; }

    /// <summary>Runs a statement on the journal's connection.</summary>
    internal object? Ask(string sql) => _file!.Ask(sql);

    // As they are noted.
    private IEnumerable<KeyValuePair<string, string>> Notes =>
        _stores.Select(static store => KeyValuePair.Create(store.Key, JournalStores.NoteOf(store.Value)));

    private JournalContent Open(IReadOnlyDictionary<string, NotedStore> stores)
    {
        if (_file is not null)
        {
            throw new InvalidOperationException($"The journal {Description} is open.");
        }

        _path = _address.FinalPath!;
        _lock = JournalLock.Take(_path);
        try
        {
            (_stores, _hasStores) = (stores, false);
            var content = Read();
            try
            {
                NoteEnd();
            }
            catch (IOException exception) when (SqliteFailures.IsFull(exception))
            {
                // The next commit tells, and notes it once there is room.
            }

            _witness = new FileWitness(_path);
            return content;
        }
        catch (Exception exception)
        {
            Close();
            throw exception as TierJournalException
                ?? new TierJournalException($"The journal can't be used: {SqliteFailures.Explain(exception, _address).Message}", exception);
        }
    }

    private JournalContent Read()
    {
        if (DamagedFiles.FindUnfinished(_path) is { } replacement)
        {
            using var unfinished = JournalFile.Open(_address.At(replacement));
            unfinished.EmptyLog();
        }

        DamagedFiles.FinishReplacement(_path);
        List<JournalRecord> records = [];
        List<string> remarks = [];
        if (JournalEnd.IsUnreadable(_path))
        {
            remarks.Add($"{_path}.end can't be read: if the journal's end is missing, that is not known");
        }

        var damage = WalInspection.Inspect(_path, endIsKnown: JournalEnd.Read(_path) is not null);
        try
        {
            // A log without its database would be removed by SQLite.
            if (damage is null || new FileInfo(_path) is { Exists: true, Length: > 0 })
            {
                _file = OpenFile(ref damage);
                ReadStores(_file, ref damage, remarks);
            }

            var rows = _file is null ? null : new JournalRows(_file.Connection);
            records = rows?.Records ?? records;
            rows?.Read(_file!.HasVersions);
            damage ??= rows?.Damage;
            _file?.ReadHighestVersion();
            damage ??= _file?.Check();
            _file?.ReadEnd();
            damage ??= Missing(_file?.End);
        }
        catch (SqliteException exception) when (IsDamage(exception))
        {
            damage ??= Describe(exception);
        }

        ThrowIfOfOtherStores(records, damage is not null);
        return damage is null
            ? new JournalContent(records, _file!.HighestVersion, remarks)
            : Replace(damage, records, _file?.HighestVersion ?? 0, remarks);
    }

    // Before all that a damaged page may end: what can be read is given to nobody but the store that it was written for.
    private void ReadStores(JournalFile file, ref string? damage, List<string> remarks)
    {
        try
        {
            file.ReadStores();
        }
        catch (SqliteException exception) when (IsDamage(exception))
        {
            damage ??= Describe(exception);
            remarks.Add($"{_path}: the note of which store its entries are for can't be read: they go into the stores that are set now");
        }
    }

    // Before anything is replaced: what is damaged is told by the start that goes on.
    private void ThrowIfOfOtherStores(List<JournalRecord> records, bool isDamaged)
    {
        if (_file is null || JournalStores.FindOther(records, _file.Stores, _stores) is not { } other)
        {
            return;
        }

        if (isDamaged)
        {
            _file.LeaveAsFound();
        }

        throw new TierJournalException($"The journal {Description} {other}");
    }

    private JournalFile OpenFile(ref string? damage)
    {
        try
        {
            return JournalFile.Open(_address);
        }
        catch (SqliteException exception) when (IsDamage(exception))
        {
            damage ??= Describe(exception);
            return JournalFile.Open(_address, isDamaged: true);
        }
    }

    private static bool IsDamage(SqliteException exception) =>
        exception.SqliteErrorCode is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_ERROR;

    private static string Describe(SqliteException exception) => exception.Message.ReplaceLineEndings(" ");

    /// <summary>Puts a new journal with what could be read into the place of a damaged one.</summary>
    private JournalContent Replace(string damage, List<JournalRecord> records, long highest, List<string> remarks)
    {
        Dictionary<string, string> stores = new(_file?.Stores ?? [], StringComparer.Ordinal);
        foreach (var (cache, note) in Notes)
        {
            stores[cache] = note;
        }

        _file?.LeaveAsFound();
        _file?.Dispose();
        _file = null;

        // The entry of the highest version may be among what is lost; those that were read are a lower bound.
        highest = records.Aggregate(highest, static (highest, record) => Math.Max(highest, record.Version));
        WriteReplacement(damage, [.. records, new JournalRecord(string.Empty, string.Empty, highest, null)], stores);
        var aside = DamagedFiles.SetAside(_path);
        DamagedFiles.FinishReplacement(_path);
        _file = JournalFile.Open(_address);
        _file.ReadHighestVersion();
        _file.ReadEnd();
        _file.ReadStores();
        return new JournalContent(
            records,
            highest,
            [
                $"damaged ({damage}): {records.Count} entries could be read and are recovered, the damaged file is kept as {aside}",
                .. remarks,
            ]
        );
    }

    /// <summary>Writes what could be read beside the damaged journal, which stays in its place until that is whole.</summary>
    private void WriteReplacement(string damage, IReadOnlyList<JournalRecord> records, Dictionary<string, string> stores)
    {
        try
        {
            using var replacement = JournalFile.Open(_address.At(DamagedFiles.BeginReplacement(_path)));
            replacement.NoteStores(stores);
            replacement.Commit(records);
            Replacing?.Invoke(replacement.Connection);
            replacement.EmptyLog();
        }
        catch (SqliteException exception)
        {
            throw new TierJournalException(
                $"The journal {Description} is damaged ({damage}), and what could be read of it can't be written beside it, which takes "
                    + $"twice its size for a moment: {SqliteFailures.Explain(exception, _address).Message} It stays as it was found.",
                exception
            );
        }
    }

    private void Commit(IReadOnlyList<JournalRecord> records)
    {
        try
        {
            var file = _file ?? throw new TierJournalException($"The journal {Description} is closed.");
            ThrowUnlessInPlace();
            if (!_hasStores)
            {
                file.NoteStores(Notes);
                _hasStores = true;
            }

            file.Commit(records);
            _hasCommitted = true;
            TryNoteEnd();
        }
        catch (Exception exception) when (exception is SqliteException or SqliteFileMovedException)
        {
            // Whoever tells of it says what could not be done.
            SqliteFailures.NoteCause(exception, _file?.Connection);
            throw new TierJournalException(SqliteFailures.Explain(exception, _address).Message, exception);
        }
    }

    /// <summary>What was committed once and is not there now; null where nothing is missing, as far as is known.</summary>
    private string? Missing(JournalMark? found)
    {
        if (JournalEnd.Read(_path) is not { Commits: > 0 } noted)
        {
            return null;
        }

        if (found is null || found.Value.Id != noted.Id)
        {
            return $"it is not the journal that was here, of {noted.Commits} transactions with {noted.Changes} changes of entries";
        }

        return noted.Commits > found.Value.Commits
            ? $"its end is missing: the last {noted.Commits - found.Value.Commits} transactions, with "
                + $"{noted.Changes - found.Value.Changes} changes of entries"
            : null;
    }

    private void TryNoteEnd()
    {
        try
        {
            NoteEnd();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What is committed is kept. It counts fewer for now, as it may after a power cut.
        }
    }

    private void NoteEnd()
    {
        _end ??= JournalEnd.Open(_path);
        if (_file?.End is { } end)
        {
            _end.Write(end);
        }
    }

    /// <summary>What goes into a file that nobody will find again is not kept.</summary>
    private void ThrowUnlessInPlace()
    {
        if (_witness is { IsInPlace: true } && (!_hasCommitted || File.Exists(_path + "-wal")))
        {
            return;
        }

        throw new TierJournalException(
            $"The journal {Description} was deleted, moved or replaced while it is in use: nothing is kept in it any more. "
                + "Let what is dirty be stored, then restart."
        );
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
        _end?.Dispose();
        _end = null;
        _witness?.Dispose();
        _witness = null;
        _lock?.Dispose();
        _lock = null;
    }
}
