using System.Collections.Concurrent;
using Remanso.Entries;
using Remanso.Stores;
using Xunit;

namespace Remanso.Conformance.Support;

/// <summary>
/// A backing store in memory that keeps the contract's guard, writes down every call, checks the caller's side of the
/// contract, and fails or waits where a test says so.
/// </summary>
internal sealed class ScriptedStore : IBackingStore<string, ReadOnlyMemory<byte>>, IPurgeableStore, IHistoryStore, IStoreProvider
{
    private readonly Lock _lock = new();
    private int _loading;
    private int _initializations;
    private bool _keepsHistory;

    public ConcurrentDictionary<string, StoreWrite<string, ReadOnlyMemory<byte>>> Rows { get; } = new();

    /// <summary>The history, in the order in which versions came; a version that comes again is not added.</summary>
    public List<StoreWrite<string, ReadOnlyMemory<byte>>> History { get; } = [];

    public ConcurrentQueue<IReadOnlyList<string>> Loads { get; } = new();

    public ConcurrentQueue<IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>>> Saves { get; } = new();

    public Func<IReadOnlyList<string>, CancellationToken, Task> OnLoad { get; set; } = static (_, _) => Task.CompletedTask;

    public Func<IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>>, Task> BeforeSave { get; set; } = static _ => Task.CompletedTask;

    /// <summary>What a save waits for that heeds its token.</summary>
    public Func<CancellationToken, Task> OnSaving { get; set; } = static _ => Task.CompletedTask;

    public Func<IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>>, Task> AfterSave { get; set; } = static _ => Task.CompletedTask;

    public ConcurrentQueue<(long Before, int Max, IReadOnlyCollection<string> Spared)> Purges { get; } = new();

    /// <summary>How many rows a purge finds.</summary>
    public Func<int> OnPurge { get; set; } = static () => 0;

    /// <summary>What an initialisation waits for, or fails with.</summary>
    public Func<CancellationToken, Task>? OnInitialize { get; set; }

    /// <summary>How many initialisations succeeded.</summary>
    public int Initializations => Volatile.Read(ref _initializations);

    public int MostLoadsAtOnce { get; private set; }

    public bool KeepsDeletes { get; init; } = true;

    /// <summary>Whether rows are found as by a column that ignores case; they come back as they are.</summary>
    public bool IgnoresCase { get; set; }

    public string Description { get; init; } = "scripted";

    public IStoreChangeFeed? Changes { get; set; }

    public IBackingStore<string, ReadOnlyMemory<byte>> Create(string cache) => this;

    public IBackingStore<string, ReadOnlyMemory<byte>> WithHistory()
    {
        _keepsHistory = true;
        return this;
    }

    /// <summary>The history of a key; deletes are null.</summary>
    public IReadOnlyList<(long Version, string? Value)> HistoryOf(string key)
    {
        lock (_lock)
        {
            return
            [
                .. History
                    .Where(write => write.Key == key)
                    .Select(static write => (write.Version, write.Deleted ? null : System.Text.Encoding.UTF8.GetString(write.Value.Span))),
            ];
        }
    }

    public async ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        await (OnInitialize?.Invoke(cancellationToken) ?? Task.CompletedTask);
        Interlocked.Increment(ref _initializations);
    }

    public string? Text(string key) =>
        Rows.TryGetValue(key, out var row) && !row.Deleted ? System.Text.Encoding.UTF8.GetString(row.Value.Span) : null;

    public void Put(string key, string value, long version) =>
        Rows[key] = new()
        {
            Key = key,
            Value = System.Text.Encoding.UTF8.GetBytes(value),
            Version = version,
            ExpiresAt = CacheEntry.Never,
        };

    public async ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>>> LoadAsync(
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    )
    {
        Loads.Enqueue([.. keys]);
        lock (_lock)
        {
            _loading++;
            MostLoadsAtOnce = Math.Max(MostLoadsAtOnce, _loading);
        }

        try
        {
            var seen = Read(keys);
            await OnLoad(keys, cancellationToken);
            return seen;
        }
        finally
        {
            lock (_lock)
            {
                _loading--;
            }
        }
    }

    public async ValueTask<IReadOnlyList<SaveOutcome>> SaveAsync(
        IReadOnlyList<StoreWrite<string, ReadOnlyMemory<byte>>> batch,
        CancellationToken cancellationToken
    )
    {
        Assert.Equal(batch.Count, batch.Select(static write => write.Key).Distinct().Count());
        Assert.Equal(batch.Select(static write => write.Key).Order(StringComparer.Ordinal), batch.Select(static write => write.Key));
        await BeforeSave(batch);
        await OnSaving(cancellationToken);
        var outcomes = new SaveOutcome[batch.Count];
        lock (_lock)
        {
            for (var i = 0; i < outcomes.Length; i++)
            {
                var held = Rows.TryGetValue(batch[i].Key, out var row) ? row.Version : 0;
                outcomes[i] =
                    held == batch[i].Version ? SaveOutcome.AlreadyStored
                    : held > batch[i].Version ? SaveOutcome.Superseded(held)
                    : SaveOutcome.Applied;
                if (outcomes[i].Kind == SaveOutcomeKind.Applied)
                {
                    Rows[batch[i].Key] = batch[i];
                }

                if (_keepsHistory && (outcomes[i].Kind == SaveOutcomeKind.Applied || batch[i].FencingToken != 0))
                {
                    Append(batch[i]);
                }
            }
        }

        Saves.Enqueue([.. batch]);
        await AfterSave(batch);
        return outcomes;
    }

    public ValueTask<int> PurgeAsync(long before, int max, CancellationToken cancellationToken) =>
        PurgeAsync(before, max, spared: [], cancellationToken);

    public ValueTask<int> PurgeAsync(long before, int max, IReadOnlyCollection<string> spared, CancellationToken cancellationToken)
    {
        Purges.Enqueue((before, max, spared));
        return ValueTask.FromResult(OnPurge());
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Append(StoreWrite<string, ReadOnlyMemory<byte>> write)
    {
        foreach (var version in write.Earlier.Append(write))
        {
            if (!History.Exists(known => known.Key == version.Key && known.Version == version.Version))
            {
                History.Add(version);
            }
        }
    }

    // What a query sees is fixed when it begins: a slow one returns old rows.
    private List<StoreRow<string, ReadOnlyMemory<byte>>> Read(IReadOnlyList<string> keys)
    {
        var rows = new List<StoreRow<string, ReadOnlyMemory<byte>>>();
        foreach (var key in keys)
        {
            var found = IgnoresCase ? Rows.Keys.FirstOrDefault(name => name.Equals(key, StringComparison.OrdinalIgnoreCase)) ?? key : key;
            if (Rows.TryGetValue(found, out var row))
            {
                rows.Add(
                    new()
                    {
                        Key = found,
                        Value = row.Value,
                        ContentType = row.ContentType,
                        Version = row.Version,
                        Deleted = row.Deleted,
                        ExpiresAt = row.ExpiresAt,
                    }
                );
            }
        }

        return rows;
    }
}
