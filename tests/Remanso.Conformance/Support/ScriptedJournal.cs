using System.Collections.Concurrent;
using Remanso.Tiers;

namespace Remanso.Conformance.Support;

/// <summary>A journal in memory that keeps every commit, and waits or fails where a test says so.</summary>
internal sealed class ScriptedJournal : ITierJournal
{
    /// <summary>What the disk has.</summary>
    public ConcurrentDictionary<string, JournalRecord> Rows { get; } = new();

    public ConcurrentQueue<IReadOnlyList<JournalRecord>> Commits { get; } = new();

    /// <summary>Runs before a commit is made; what it throws is the commit's failure.</summary>
    public Func<IReadOnlyList<JournalRecord>, Task> BeforeCommit { get; set; } = static _ => Task.CompletedTask;

    public IReadOnlyList<string> Damages { get; set; } = [];

    public long HighestVersion { get; set; }

    /// <summary>By what it knows the store of each cache.</summary>
    public IReadOnlyDictionary<string, NotedStore> Stores { get; private set; } = new Dictionary<string, NotedStore>();

    public bool IsDisposed { get; private set; }

    public string Description => "scripted";

    // The order of a journal's rows is not that of their age: here the newest come first.
    public ValueTask<JournalContent> OpenAsync(IReadOnlyDictionary<string, NotedStore> stores, CancellationToken cancellationToken)
    {
        Stores = stores;
        return ValueTask.FromResult(
            new JournalContent([.. Rows.Values.OrderByDescending(static row => row.Version)], HighestVersion, Damages)
        );
    }

    public async ValueTask CommitAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken)
    {
        await BeforeCommit(records);
        foreach (var record in records)
        {
            HighestVersion = Math.Max(HighestVersion, record.Version);
            if (record.Entry is null && record.IsOneOfMany)
            {
                foreach (var (name, row) in Rows.Where(row => row.Value.Key == record.Key && row.Value.Version <= record.Version))
                {
                    Rows.TryRemove(name, out _);
                }
            }
            else if (record.Entry is null)
            {
                Rows.TryRemove(record.Key, out _);
            }
            else
            {
                Rows[record.IsOneOfMany ? $"{record.Key}@{record.Version}" : record.Key] = record;
            }
        }

        Commits.Enqueue(records);
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
