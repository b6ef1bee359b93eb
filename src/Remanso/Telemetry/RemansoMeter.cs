using System.Diagnostics;
using System.Diagnostics.Metrics;
using Remanso.Entries;
using Remanso.Tiers;

namespace Remanso.Telemetry;

/// <summary>The instruments of one process, all on the meter <c>Remanso</c>, each tagged with its <c>cache</c>. Counts
/// are observed from <see cref="CacheCounters"/> when somebody collects, so that they cost nothing where they happen.</summary>
internal sealed class RemansoMeter : IDisposable
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "Remanso";

    public static readonly ActivitySource Activities = new(Name);

    private const string CacheTag = "cache";

    // Calls of a database: from a fraction of a millisecond to the time-outs.
    private static readonly double[] _short = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

    // What is as long as flush intervals, TTLs and outages are.
    private static readonly double[] _long = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600];

    private static readonly long[] _sizes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];

    private readonly Histogram<double> _loadDuration;
    private readonly Histogram<long> _loadKeys;
    private readonly Histogram<double> _staleness;
    private readonly Histogram<double> _flushDuration;
    private readonly Histogram<long> _flushEntries;
    private readonly Histogram<double> _flushLag;
    private readonly Meter _meter = new(Name);
    private readonly Lock _lock = new();
    private readonly List<MeteredCache> _caches = [];

    public RemansoMeter()
    {
        _loadDuration = Times("remanso.load.duration", "Time of one query for missed keys", _short);
        _loadKeys = Sizes("remanso.load.keys", "{key}", "Keys in one query");
        _staleness = Times("remanso.read.staleness", "How long the stale copies that were served were past their TTL", _long);
        _flushDuration = Times("remanso.flush.duration", "Time to save and settle one batch", _short);
        _flushEntries = Sizes("remanso.flush.entries", "{entry}", "Entries in one batch");
        _flushLag = Times("remanso.flush.lag", "From the acceptance of a write to its place in the store", _long);
        Count("remanso.reads", "{read}", "Reads by what answered them", static c =>
            [
                ("outcome", "hit", "layer", "near", c.NearReads),
                ("outcome", "hit", "layer", "tier", c.TierReads),
                ("outcome", "miss", "layer", "store", c.StoreReads),
                ("outcome", "absent", "layer", "any", c.AbsentReads),
                ("outcome", "stale", "layer", "tier", c.StaleReads),
                ("outcome", "stale", "layer", "near", c.KeptReads),
            ]
        );
        Count(
            "remanso.reads.unreadable",
            "{read}",
            "Values found that could not be decoded: missed where clean, an error where dirty",
            static c => [(null, null, null, null, c.UnreadableReads)]
        );
        Count("remanso.flights", "{caller}", "Callers of single flights", static c =>
            [("role", "led", null, null, c.FlightsLed), ("role", "joined", null, null, c.FlightsJoined)]
        );
        Count("remanso.loads", "{query}", "Queries for missed keys", static c => [(null, null, null, null, c.LoadQueries)]);
        Count("remanso.load.errors", "{query}", "Queries that failed", static c => [(null, null, null, null, c.LoadErrors)]);
        Count("remanso.load.abandoned", "{query}", "Queries that nobody waited for any more", static c =>
            [(null, null, null, null, c.LoadsAbandoned)]
        );
        Count("remanso.load.early_refreshes", "{load}", "Loads in the background of copies about to expire", static c =>
            [(null, null, null, null, c.EarlyRefreshes)]
        );
        Count("remanso.load.backed_off", "{read}", "Reads whose key was not loaded because its last load had just failed", static c =>
            [(null, null, null, null, c.BackedOff)]
        );
        Count("remanso.load.soft_timeouts", "{read}", "Reads served a stale copy because the load was slow", static c =>
            [(null, null, null, null, c.SoftTimeouts)]
        );
        Count("remanso.lease.waits", "{wait}", "Waits for a fill by another process", static c => [(null, null, null, null, c.LeaseWaits)]);
        Count("remanso.writes", "{write}", "Writes", static c =>
            [("outcome", "accepted", null, null, c.Writes), ("outcome", "refused", null, null, c.Refused)]
        );
        Count("remanso.write.waits", "{write}", "Writes that waited for room under back-pressure", static c =>
            [(null, null, null, null, c.RoomWaits)]
        );
        Count("remanso.write.through", "{write}", "Writes that went past a full tier into the store", static c =>
            [(null, null, null, null, c.WrittenThrough)]
        );
        Count("remanso.flushed", "{entry}", "Entries flushed, by what the store said", static c =>
            [
                ("outcome", "stored", null, null, c.Stored),
                ("outcome", "already_stored", null, null, c.AlreadyStored),
                ("outcome", "superseded", null, null, c.Superseded),
                ("outcome", "dead_lettered", null, null, c.DeadLettered),
            ]
        );
        Count("remanso.flush.errors", "{batch}", "Batches, takes and beats that failed, also in part, and are tried again", static c =>
            [(null, null, null, null, c.FlushErrors)]
        );
        Count("remanso.tags.removed", "{tag}", "Tags removed", static c => [(null, null, null, null, c.TagsRemoved)]);
        Count("remanso.purged", "{row}", "Rows removed because they were gone for longer than their retention", static c =>
            [(null, null, null, null, c.Purged)]
        );
        Count("remanso.purge.errors", "{batch}", "Purges that failed and are tried again", static c =>
            [(null, null, null, null, c.PurgeErrors)]
        );
        Count("remanso.stop.left", "{entry}", "Entries that the stop could not store", static c =>
            [(null, null, null, null, c.LeftAtStop)]
        );
        _meter.CreateObservableCounter(
            "remanso.dirty.vanished",
            () => from cache in Caches() select new Measurement<long>(cache.Vanished(), Tags(cache.Name, null, null, null, null)),
            "{entry}",
            "Dirty entries that the tier lost before they were stored"
        );
        Observe("remanso.dirty.entries", "{entry}", "Accepted and not yet stored", static c => c.Dirty().Entries);
        Observe("remanso.dirty.bytes", "By", "Bytes accepted and not yet stored", static c => c.Dirty().Bytes);
        Observe("remanso.dirty.oldest_age", "s", "For how long the oldest dirty entry has been dirty", static c =>
            c.Dirty().OldestAge.TotalSeconds
        );
        Observe("remanso.dead_letters", "{entry}", "Entries that the store refused for good", static c => c.Dirty().DeadLetters);
        Observe("remanso.store.circuit", "{state}", "What the flusher thinks of the store: 0 closed, 1 half-open, 2 open", static c =>
            (int)c.Counters.Circuit
        );
        Observe("remanso.flush.quiet", "{state}", "Whether it is one of the cache's quiet hours: 1 yes, 0 no", static c =>
            c.IsQuiet() ? 1 : 0
        );
        Observe("remanso.tier.down", "{partition}", "Partitions of the tier that this process can't reach", static c => c.Down());
        Observe("remanso.start_time", "s", "When the cache started in this process, since 1970; 0 before", static c =>
            c.StartedAt().TotalSeconds
        );
        Count("remanso.evicted", "{entry}", "Copies and clean entries that had to leave for want of room", static c =>
            [("layer", "near", null, null, c.NearEvicted), ("layer", "tier", null, null, c.TierEvicted)]
        );
        Observe("remanso.memory.entries", "{entry}", "Keys in the memory tier", static c => c.Memory().Entries);
        Observe("remanso.memory.bytes", "By", "Bytes in the memory tier", static c => c.Memory().Bytes);
        Observe("remanso.near.entries", "{entry}", "Keys in the near cache", static c => c.Near().Entries);
        Observe("remanso.near.bytes", "By", "Bytes in the near cache", static c => c.Near().Bytes);
    }

    /// <summary>Starts an activity of a cache that calls its store for some keys at once; null where nobody listens.</summary>
    public static Activity? StartActivity(string name, string cache, int keys, IEnumerable<ActivityLink>? links = null)
    {
        var activity = links is null
            ? Activities.StartActivity(name, ActivityKind.Client)
            : Activities.StartActivity(name, ActivityKind.Client, parentContext: default, tags: null, links);
        activity?.SetTag(CacheTag, cache);
        if (keys > 1)
        {
            activity?.SetTag("db.operation.batch.size", keys);
        }

        return activity;
    }

    /// <summary>A query for missed keys has ended.</summary>
    public void Loaded(string cache, TimeSpan duration, int keys)
    {
        _loadDuration.Note(duration.TotalSeconds, new KeyValuePair<string, object?>(CacheTag, cache));
        _loadKeys.Note(keys, new KeyValuePair<string, object?>(CacheTag, cache));
    }

    /// <summary>A copy past its TTL is served.</summary>
    public void Stale(string cache, CacheEntry entry, long now)
    {
        // What is dirty has no TTL to be past.
        if (!entry.IsDirty)
        {
            _staleness.Note(Seconds(now - entry.FreshUntil), new KeyValuePair<string, object?>(CacheTag, cache));
        }
    }

    /// <summary>A batch is saved and settled.</summary>
    public void Flushed(string cache, TimeSpan duration, int entries, List<Settlement> settlements, long now)
    {
        _flushDuration.Note(duration.TotalSeconds, new KeyValuePair<string, object?>(CacheTag, cache));
        _flushEntries.Note(entries, new KeyValuePair<string, object?>(CacheTag, cache));
        if (!_flushLag.Enabled)
        {
            return;
        }

        foreach (var settlement in settlements)
        {
            if (settlement.Kind == SettlementKind.Stored)
            {
                _flushLag.Note(Seconds(now - settlement.Taken.Entry.CachedAt), new KeyValuePair<string, object?>(CacheTag, cache));
            }
        }
    }

    public void Register(MeteredCache cache)
    {
        lock (_lock)
        {
            _caches.Add(cache);
        }
    }

    /// <summary>Tells of caches, declared here or not, whose entries no process flushes.</summary>
    public void ObserveUnflushed(Func<IEnumerable<(string Cache, long Entries)>> waiting) =>
        _meter.CreateObservableGauge(
            "remanso.unflushed.entries",
            () =>
                from cache in waiting()
                select new Measurement<long>(cache.Entries, new KeyValuePair<string, object?>(CacheTag, cache.Cache)),
            "{entry}",
            "Dirty entries in the tier of a cache that no process flushes, dead letters not among them"
        );

    public void Dispose() => _meter.Dispose();

    private MeteredCache[] Caches()
    {
        lock (_lock)
        {
            return [.. _caches];
        }
    }

    // Clocks of processes differ by a little.
    private static double Seconds(long micros) => Math.Max(0, micros) / 1e6;

    private Histogram<double> Times(string name, string description, double[] boundaries) =>
        _meter.CreateHistogram(name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = boundaries });

    private Histogram<long> Sizes(string name, string unit, string description) =>
        _meter.CreateHistogram(name, unit, description, tags: null, new InstrumentAdvice<long> { HistogramBucketBoundaries = _sizes });

    private void Count(
        string name,
        string unit,
        string description,
        Func<CacheCounters, (string? Tag, string? Value, string? Tag2, string? Value2, ThreadCounter Counter)[]> select
    ) =>
        _meter.CreateObservableCounter(
            name,
            () =>
                from cache in Caches()
                from row in @select(cache.Counters)
                select new Measurement<long>(row.Counter.Value, Tags(cache.Name, row.Tag, row.Value, row.Tag2, row.Value2)),
            unit,
            description
        );

    private void Observe(string name, string unit, string description, Func<MeteredCache, double> select) =>
        _meter.CreateObservableGauge(
            name,
            () =>
                from cache in Caches()
                select new Measurement<double>(@select(cache), new KeyValuePair<string, object?>(CacheTag, cache.Name)),
            unit,
            description
        );

    private static List<KeyValuePair<string, object?>> Tags(string cache, string? tag, string? value, string? tag2, string? value2)
    {
        List<KeyValuePair<string, object?>> tags = [new(CacheTag, cache)];
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
