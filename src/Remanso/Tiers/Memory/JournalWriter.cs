using Microsoft.Extensions.Logging;
using Remanso.Common;
using Remanso.Telemetry;

namespace Remanso.Tiers.Memory;

// Group commit. Changes gather in the next batch, the last of each key (every version where the cache keeps them),
// while the batch before is being committed. So one fsync serves all writers that came during the one before, and a hot
// key costs one row. Nobody waits but those who ask for it (CommittedAsync): for an accepted write the window is one
// commit.
//
// Order. A tier reports a change under the gate of the key's partition, so changes of a key come in their order. A
// batch that failed is put under the next one, whose records are newer, before anything else is committed.
//
// Removals wait for the next batch, for a second at most: a row that is left too long costs a repeated flush after a
// crash, which the store's guard makes harmless. A key that is settled before its first commit is never written at all;
// so while the journal fails, what gathers is bounded by what is dirty and by the rows of the journal.
//
// Locks. _gate is an innermost one: taken under a partition's gate, and nothing is taken under it.

/// <summary>Brings what the memory tiers of a process change into their journal: one writer, group commit.</summary>
internal sealed class JournalWriter : IAsyncDisposable
{
    private static readonly TimeSpan _removalDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _firstBackoff = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _maxBackoff = TimeSpan.FromSeconds(5);

    private readonly ITierJournal _journal;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly JournalMeter _meter;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly SemaphoreSlim _wanted = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _removals;
    private JournalBatch _next = new();
    private JournalBatch? _current;
    private Dictionary<string, List<JournalRecord>>? _recovered;
    private Task _running = Task.CompletedTask;
    private bool _isWanted;
    private bool _hasRemovals;
    private volatile string? _problem;
    private int _failures;

    internal JournalWriter(ITierJournal journal, TimeProvider time, ILogger logger)
    {
        _journal = journal;
        _time = time;
        _logger = SafeLogger.Of(logger);
        _meter = new JournalMeter(() => Pending);
        _removals = time.CreateTimer(
            static writer => ((JournalWriter)writer!).Want(),
            this,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
    }

    /// <summary>Where the journal is, for people.</summary>
    internal string Description => _journal.Description;

    /// <summary>Why the last commit failed; null where it did not.</summary>
    internal string? Problem => _problem;

    /// <summary>No version above it is in the journal.</summary>
    internal long HighestVersion { get; private set; }

    /// <summary>How many accepted writes a crash would lose. Removals wait, too, but only tell of rows that may go.</summary>
    private int Pending
    {
        get
        {
            lock (_gate)
            {
                return _next.Written + (_current?.Written ?? 0);
            }
        }
    }

    /// <summary>Opens the journal, once for all tiers; gives the records of a cache to the first who asks for them.</summary>
    /// <exception cref="TierJournalException">It can't be used.</exception>
    internal async ValueTask<IReadOnlyList<JournalRecord>> OpenAsync(
        string cache,
        IReadOnlyDictionary<string, NotedStore> stores,
        CancellationToken cancellationToken
    )
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_recovered is null)
            {
                Note(await _journal.OpenAsync(stores, cancellationToken).ConfigureAwait(false), [.. stores.Keys]);
                _running = RunAsync();
            }

            return _recovered!.Remove(cache, out var records) ? records : [];
        }
        finally
        {
            _opening.Release();
        }
    }

    /// <summary>Takes note of a key's dirty entry.</summary>
    /// <param name="record">Its entry now.</param>
    /// <param name="wasDirty">Whether its entry before was dirty, too.</param>
    internal void Write(JournalRecord record, bool wasDirty)
    {
        lock (_gate)
        {
            var items = _next.Of(record.Cache);
            var isNew = items.TryGetValue(record.Key, out var item)
                ? item.IsNew
                : !wasDirty && _current?.TryGet(record.Cache, record.Key, out _) != true;
            items[record.Key] = item.With(record, isNew);
            if (_isWanted)
            {
                return;
            }
        }

        Want();
    }

    /// <summary>Takes note that nothing of a key is dirty any more; of one that keeps every version: nothing up to the record's.</summary>
    internal void Remove(JournalRecord record)
    {
        lock (_gate)
        {
            var items = _next.Of(record.Cache);
            if (items.TryGetValue(record.Key, out var item) && item.IsNew)
            {
                if (item.Versions is null || item.Versions.Add(record).IsEmpty)
                {
                    items.Remove(record.Key);
                }

                return;
            }

            items[record.Key] = item.With(record, isNew: false);
            if (_isWanted || _hasRemovals)
            {
                return;
            }

            _hasRemovals = true;
        }

        _removals.Change(_removalDelay, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Waits until a key's version, or a higher one, is committed or settled; a failed commit fails the wait.</summary>
    internal Task CommittedAsync(string cache, string key, long version)
    {
        lock (_gate)
        {
            if (_current is not null && _current.TryGet(cache, key, out var item) && item.Record.Version >= version)
            {
                return _current.Committed;
            }

            return _next.TryGet(cache, key, out item) && item.Record.Entry is not null ? _next.Committed : Task.CompletedTask;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        await _stop.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _removals.DisposeAsync().ConfigureAwait(false);
        if (_recovered is not null)
        {
            await CloseAsync().ConfigureAwait(false);
        }

        _next.Fail(new TierJournalException($"The journal {Description} is closed."));
        await _journal.DisposeAsync().ConfigureAwait(false);
        _meter.Dispose();
        _stop.Dispose();
        _wanted.Dispose();
        _opening.Dispose();
    }

    private async Task CloseAsync()
    {
        var batch = _next;
        try
        {
            batch = Take();
            if (batch.Count == 0)
            {
                return;
            }

            await _journal.CommitAsync(batch.ToRecords(), CancellationToken.None).ConfigureAwait(false);
            batch.Succeed();
        }
        catch (Exception exception)
        {
            // Whatever it is: the journal is to be closed all the same, and who waits for this is to be told.
            batch.Fail(exception);
            _logger.JournalIncomplete(Description, batch.Count, exception.Message);
        }
    }

    private void Note(JournalContent content, IReadOnlyCollection<string> declared)
    {
        foreach (var damage in content.Damages)
        {
            _logger.JournalDamaged(Description, damage);
        }

        _recovered = content
            .Records.GroupBy(static record => record.Cache, StringComparer.Ordinal)
            .ToDictionary(static group => group.Key, static group => group.ToList(), StringComparer.Ordinal);
        HighestVersion = content.HighestVersion;
        var deadLetters = content.Records.Count(static record => record.Entry is { IsDeadLetter: true });
        if (content.Records.Count > 0)
        {
            _logger.JournalRecovered(Description, content.Records.Count - deadLetters, deadLetters);
        }

        foreach (var (cache, records) in _recovered)
        {
            if (!declared.Contains(cache, StringComparer.Ordinal))
            {
                _logger.JournalOfUnknownCache(Description, records.Count, cache);
            }
        }

        _meter.Opened(content.Records.Count, content.Damages.Count);
    }

    private void Want()
    {
        lock (_gate)
        {
            if (_isWanted || _stop.IsCancellationRequested)
            {
                return;
            }

            _isWanted = true;
        }

        _wanted.Release();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            // Behind those who waited: what they write next is in the next batch then, and not in the one after it.
            await Task.Yield();
            try
            {
                if (_failures > 0)
                {
                    await Task.Delay(Backoff.Delay(_failures, _firstBackoff, _maxBackoff, Chance.NextDouble()), _time, _stop.Token)
                        .ConfigureAwait(false);
                    Want();
                }

                await _wanted.WaitAsync(_stop.Token).ConfigureAwait(false);
                await CommitAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // Closing takes the rest.
            }
            catch (Exception exception)
            {
                // Whatever it is, memory that ran out for one: the next commit has what this one was to write.
                Fail(exception);
            }
        }
    }

    private async ValueTask CommitAsync()
    {
        var batch = Take();
        var began = _time.GetTimestamp();
        List<JournalRecord> records;
        try
        {
            records = batch.ToRecords();
            if (records.Count > 0)
            {
                await _journal.CommitAsync(records, CancellationToken.None).ConfigureAwait(false);
            }
        }
        catch (Exception exception)
        {
            GiveBack(batch, exception);
            return;
        }

        lock (_gate)
        {
            _current = null;
        }

        var hadFailed = _failures > 0;
        _failures = 0;
        _problem = null;
        // Who is told finds it counted.
        if (records.Count > 0)
        {
            _meter.Committed(records.Count, _time.GetElapsedTime(began));
        }

        batch.Succeed();
        if (hadFailed)
        {
            _logger.JournalRestored(Description);
        }
    }

    private static void PutUnder(Dictionary<string, JournalItem> next, string key, JournalVersions versions, bool isNew)
    {
        if (isNew && versions.IsEmpty)
        {
            next.Remove(key);
        }
        else
        {
            next[key] = new(versions.Last, isNew, versions);
        }
    }

    private JournalBatch Take()
    {
        lock (_gate)
        {
            // First of all: whoever comes after an error has to be able to ask again.
            _isWanted = false;
            if (_current is { } unfinished)
            {
                PutBack(unfinished);
                unfinished.Fail(new TierJournalException($"A commit of the journal {Description} did not end: {_problem}"));
            }

            var batch = _next;
            _next = new JournalBatch();
            _current = batch;
            _hasRemovals = false;
            return batch;
        }
    }

    private void GiveBack(JournalBatch batch, Exception exception)
    {
        var count = 0;
        try
        {
            Fail(exception);
            count = batch.Count;
            lock (_gate)
            {
                PutBack(batch);
            }
        }
        finally
        {
            batch.Fail(exception);
        }

        _logger.JournalFailed(Description, count, _failures, exception.Message);
    }

    private void Fail(Exception exception)
    {
        _failures++;
        _problem = exception.Message;
        _meter.Failed();
    }

    /// <summary>Puts a batch under the next one. What is there leaves the batch, so that this goes on where an error ended it.</summary>
    private void PutBack(JournalBatch batch)
    {
        foreach (var (cache, items) in batch.Caches)
        {
            var next = _next.Of(cache);
            foreach (var (key, item) in items)
            {
                // A newer record stands; what it takes the place of was not written, so its row is as new as that one's.
                if (!next.TryGetValue(key, out var newer))
                {
                    next.Add(key, item);
                }
                else if (item.Versions is { } versions && newer.Versions is not null)
                {
                    PutUnder(next, key, versions.Add(newer.Versions), item.IsNew);
                }
                else if (item.IsNew && newer.Record.Entry is null)
                {
                    next.Remove(key);
                }
                else
                {
                    next[key] = newer with { IsNew = item.IsNew };
                }

                // Allowed while they are gone through.
                items.Remove(key);
            }
        }

        _current = null;
    }
}
