using System.Diagnostics;
using System.Diagnostics.Metrics;
using Remanso.Tiers;

namespace Remanso.Telemetry;

/// <summary>
/// The instruments of one process, all on the meter <c>Remanso</c>, each tagged with its <c>cache</c>. Counts are observed from <see cref="CacheCounters"/>
/// when somebody collects, so that they cost nothing where they happen.
/// </summary>
internal sealed class RemansoMeter : IDisposable
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "Remanso";

    public static readonly ActivitySource Activities = new(Name);

    private readonly Meter _meter = new(Name);
    private readonly Lock _lock = new();
    private readonly List<(string Cache, CacheCounters Counters, Func<DirtySummary> Dirty, Func<NearCounts> Near)> _caches = [];

    public RemansoMeter()
    {
        LoadDuration = _meter.CreateHistogram<double>("remanso.load.duration", "s", "Time of one query for missed keys");
        LoadKeys = _meter.CreateHistogram<long>("remanso.load.keys", "{key}", "Keys in one query");
        FlushDuration = _meter.CreateHistogram<double>("remanso.flush.duration", "s", "Time to save and settle one batch");
        FlushEntries = _meter.CreateHistogram<long>("remanso.flush.entries", "{entry}", "Entries in one batch");
        Count("remanso.reads", "{read}", "Reads by what answered them", static c =>
            [("outcome", "hit", "layer", "near", c.NearReads), ("outcome", "hit", "layer", "tier", c.TierReads), ("outcome", "miss", "layer", "store", c.StoreReads),
             ("outcome", "absent", "layer", "any", c.AbsentReads), ("outcome", "stale", "layer", "tier", c.StaleReads)]);
        Count("remanso.reads.unreadable", "{read}", "Values found that could not be decoded: missed where clean, an error where dirty", static c => [(null, null, null, null, c.UnreadableReads)]);
        Count("remanso.flights", "{caller}", "Callers of single flights", static c =>
            [("role", "led", null, null, c.FlightsLed), ("role", "joined", null, null, c.FlightsJoined)]);
        Count("remanso.loads", "{query}", "Queries for missed keys", static c => [(null, null, null, null, c.LoadQueries)]);
        Count("remanso.load.errors", "{query}", "Queries that failed", static c => [(null, null, null, null, c.LoadErrors)]);
        Count("remanso.load.early_refreshes", "{load}", "Loads in the background of copies about to expire", static c => [(null, null, null, null, c.EarlyRefreshes)]);
        Count("remanso.load.backed_off", "{read}", "Reads whose key was not loaded because its last load had just failed", static c => [(null, null, null, null, c.BackedOff)]);
        Count("remanso.load.soft_timeouts", "{read}", "Reads served a stale copy because the load was slow", static c => [(null, null, null, null, c.SoftTimeouts)]);
        Count("remanso.lease.waits", "{wait}", "Waits for a fill by another process", static c => [(null, null, null, null, c.LeaseWaits)]);
        Count("remanso.writes", "{write}", "Writes", static c =>
            [("outcome", "accepted", null, null, c.Writes), ("outcome", "refused", null, null, c.Refused)]);
        Count("remanso.write.waits", "{write}", "Writes that waited for room under back-pressure", static c => [(null, null, null, null, c.RoomWaits)]);
        Count("remanso.write.through", "{write}", "Writes that went past a full tier into the store", static c => [(null, null, null, null, c.WrittenThrough)]);
        Count("remanso.flushed", "{entry}", "Entries flushed, by what the store said", static c =>
            [("outcome", "stored", null, null, c.Stored), ("outcome", "already_stored", null, null, c.AlreadyStored),
             ("outcome", "superseded", null, null, c.Superseded), ("outcome", "dead_lettered", null, null, c.DeadLettered)]);
        Count("remanso.flush.errors", "{batch}", "Batches that failed and are tried again", static c => [(null, null, null, null, c.FlushErrors)]);
        Count("remanso.tags.removed", "{tag}", "Tags removed", static c => [(null, null, null, null, c.TagsRemoved)]);
        Count("remanso.purged", "{row}", "Rows removed because they were gone for longer than their retention", static c => [(null, null, null, null, c.Purged)]);
        Count("remanso.purge.errors", "{batch}", "Purges that failed and are tried again", static c => [(null, null, null, null, c.PurgeErrors)]);
        Count("remanso.stop.left", "{entry}", "Entries that the stop could not store", static c => [(null, null, null, null, c.LeftAtStop)]);
        Observe("remanso.dirty.entries", "{entry}", "Accepted and not yet stored", static c => c.Dirty().Entries);
        Observe("remanso.dirty.bytes", "By", "Bytes accepted and not yet stored", static c => c.Dirty().Bytes);
        Observe("remanso.dirty.oldest_age", "s", "For how long the oldest dirty entry has been dirty", static c => c.Dirty().OldestAge.TotalSeconds);
        Observe("remanso.dead_letters", "{entry}", "Entries that the store refused for good", static c => c.Dirty().DeadLetters);
        Observe("remanso.store.circuit", "{state}", "What the flusher thinks of the store: 0 closed, 1 half-open, 2 open", static c => (int)c.Counters.Circuit);
        Observe("remanso.near.entries", "{entry}", "Keys in the near cache", static c => c.Near().Entries);
        Observe("remanso.near.bytes", "By", "Bytes in the near cache", static c => c.Near().Bytes);
    }

    public Histogram<double> LoadDuration { get; }

    public Histogram<long> LoadKeys { get; }

    public Histogram<double> FlushDuration { get; }

    public Histogram<long> FlushEntries { get; }

    public void Register(string cache, CacheCounters counters, Func<DirtySummary> dirty, Func<NearCounts> near)
    {
        lock (_lock)
        {
            _caches.Add((cache, counters, dirty, near));
        }
    }

    public void Dispose() => _meter.Dispose();

    private (string Cache, CacheCounters Counters, Func<DirtySummary> Dirty, Func<NearCounts> Near)[] Caches()
    {
        lock (_lock)
        {
            return [.. _caches];
        }
    }

    private void Count(
        string name,
        string unit,
        string description,
        Func<CacheCounters, (string? Tag, string? Value, string? Tag2, string? Value2, ThreadCounter Counter)[]> select) =>
        _meter.CreateObservableCounter(
            name,
            () => from cache in Caches()
                  from row in @select(cache.Counters)
                  select new Measurement<long>(row.Counter.Value, Tags(cache.Cache, row.Tag, row.Value, row.Tag2, row.Value2)),
            unit,
            description);

    private void Observe(string name, string unit, string description, Func<(string Cache, CacheCounters Counters, Func<DirtySummary> Dirty, Func<NearCounts> Near), double> select) =>
        _meter.CreateObservableGauge(
            name,
            () => from cache in Caches() select new Measurement<double>(@select(cache), new KeyValuePair<string, object?>("cache", cache.Cache)),
            unit,
            description);

    private static List<KeyValuePair<string, object?>> Tags(string cache, string? tag, string? value, string? tag2, string? value2)
    {
        List<KeyValuePair<string, object?>> tags = [new("cache", cache)];
        if (tag is not null)
        {
            tags.Add(new(tag, value));
        }

        if (tag2 is not null)
        {
            tags.Add(new(tag2, value2));
        }

        return tags;
    }
}
