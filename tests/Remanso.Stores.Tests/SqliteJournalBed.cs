using System.Text;
using Remanso.Entries;
using Remanso.Sqlite;
using Remanso.Tiers;

namespace Remanso.Stores.Tests;

/// <summary>A journal in a folder of its own.</summary>
internal sealed class SqliteJournalBed : IAsyncDisposable
{
    private readonly List<SqliteJournal> _journals = [];

    public string Folder { get; } = Directory.CreateTempSubdirectory("remanso-journal-").FullName;

    public string File => Path.Combine(Folder, "data", "journal.db");

    public string Log => File + "-wal";

    public static JournalRecord Dirty(string key, long version, string? value = "v", EntryState state = EntryState.Dirty) =>
        new(
            "default",
            key,
            version,
            new CacheEntry
            {
                Version = version,
                State = state,
                Value = Encoding.UTF8.GetBytes(value ?? string.Empty),
                CachedAt = version,
            }
        );

    public static JournalRecord Settled(string key, long version) => new("default", key, version, null);

    public SqliteJournal Make(string? path = null)
    {
        var journal = new SqliteJournal(SqliteAddress.Parse(path ?? $"sqlite:{File}"));
        _journals.Add(journal);
        return journal;
    }

    /// <summary>Makes a journal as a killed process leaves it: everything in its write-ahead log, nothing closed.</summary>
    public Task LeaveAsync(params JournalRecord[][] commits) => LeaveAsync(["", "-wal"], commits);

    /// <summary>The same, with what is said of its end.</summary>
    public Task LeaveWithEndAsync(params JournalRecord[][] commits) => LeaveAsync(["", "-wal", ".end"], commits);

    private async Task LeaveAsync(string[] parts, JournalRecord[][] commits)
    {
        var folder = Path.Combine(Folder, "alive");
        await using var journal = new SqliteJournal(SqliteAddress.Parse(Path.Combine(folder, "journal.db")));
        await journal.OpenAsync(CancellationToken.None);
        foreach (var commit in commits)
        {
            await journal.CommitAsync(commit, CancellationToken.None);
        }

        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        foreach (var part in parts)
        {
            System.IO.File.Copy(Path.Combine(folder, "journal.db" + part), File + part);
        }
    }

    /// <summary>Makes a journal whose write-ahead log is in the file.</summary>
    public async Task CloseAsync(params JournalRecord[] records)
    {
        await using var journal = new SqliteJournal(SqliteAddress.Parse(File));
        await journal.OpenAsync(CancellationToken.None);
        await journal.CommitAsync(records, CancellationToken.None);
    }

    /// <summary>Opens it and gives what it holds by key.</summary>
    public async Task<(SortedDictionary<string, JournalRecord> Rows, JournalContent Content)> OpenAsync()
    {
        var content = await Make().OpenAsync(CancellationToken.None);
        return (new(content.Records.ToDictionary(static record => record.Key), StringComparer.Ordinal), content);
    }

    /// <summary>Changes bytes of a file.</summary>
    public static void Damage(string path, long at, int length)
    {
        using var file = System.IO.File.OpenWrite(path);
        file.Position = at;
        file.Write(Enumerable.Repeat((byte)0xA5, length).ToArray());
    }

    /// <summary>Closes all that are open.</summary>
    public async Task DisposeJournalsAsync()
    {
        foreach (var journal in _journals)
        {
            await journal.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await DisposeJournalsAsync();
        Directory.Delete(Folder, recursive: true);
    }
}
