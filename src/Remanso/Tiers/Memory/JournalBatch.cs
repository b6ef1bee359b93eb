namespace Remanso.Tiers.Memory;

/// <summary>What one commit of the journal writes, and who waits for it.</summary>
internal sealed class JournalBatch
{
    private readonly TaskCompletionSource _committed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Its records by cache and key: the last of each key.</summary>
    internal Dictionary<string, Dictionary<string, JournalItem>> Caches { get; } = new(StringComparer.Ordinal);

    /// <summary>Ends with the commit, or with its failure.</summary>
    internal Task Committed => _committed.Task;

    internal int Count => Caches.Values.Sum(static items => items.Values.Sum(static item => item.Count));

    /// <summary>Its records without those that remove.</summary>
    internal int Written => Caches.Values.Sum(static items => items.Values.Sum(static item => item.Written));

    internal Dictionary<string, JournalItem> Of(string cache)
    {
        if (!Caches.TryGetValue(cache, out var items))
        {
            Caches.Add(cache, items = new(StringComparer.Ordinal));
        }

        return items;
    }

    internal bool TryGet(string cache, string key, out JournalItem item)
    {
        item = default;
        return Caches.TryGetValue(cache, out var items) && items.TryGetValue(key, out item);
    }

    internal List<JournalRecord> ToRecords()
    {
        var records = new List<JournalRecord>();
        foreach (var items in Caches.Values)
        {
            records.EnsureCapacity(records.Count + items.Count);
            foreach (var item in items.Values)
            {
                if (item.Versions is null)
                {
                    records.Add(item.Record);
                }
                else
                {
                    item.Versions.CopyTo(records);
                }
            }
        }

        return records;
    }

    internal void Succeed() => _committed.TrySetResult();

    internal void Fail(Exception exception)
    {
        _committed.TrySetException(exception);

        // Where nobody waits, nobody else would look at it.
        _ = _committed.Task.Exception;
    }
}
