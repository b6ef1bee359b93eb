using Microsoft.Extensions.Logging;
using Remanso.Common;
using Remanso.Entries;
using Remanso.Near;
using Remanso.Processes;
using Remanso.ReadThrough;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tiers;
using Remanso.Watching;
using Remanso.WriteBehind;

namespace Remanso.Hosting;

/// <summary>
/// One cache's parts put together, in tier form (string keys, bytes). Its life is <see cref="CacheCourse"/>.
/// </summary>
internal sealed class CacheRuntime : IAsyncDisposable
{
    private static readonly TimeSpan _aMoment = TimeSpan.FromSeconds(1);

    private readonly ICacheTier _tier;
    private readonly CacheLife _life;
    private readonly IBackingStore<string, ReadOnlyMemory<byte>>? _store;
    private readonly StoreHealth _health;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Opening _opening;
    private readonly CacheCourse _course;
    private readonly IDisposable _waiting;
    private readonly TierOutages _outages;
    private readonly WriteThrough? _writeThrough;
    private readonly StoreWatch? _storeWatch;
    private readonly DirtyWatch _dirty;
    private INearCache? _near;
    private IDisposable? _nearListens;

    public CacheRuntime(
        string name,
        CacheOptions options,
        ICacheTier tier,
        IBackingStore<string, ReadOnlyMemory<byte>>? joining,
        Func<string, ReadOnlyMemory<byte>, IReadOnlyList<string>?>? tagsOf,
        ProcessParts process,
        ILogger logger
    )
    {
        var (life, time, meter) = (process.Life, process.Time, process.Meter);
        var store = joining is null ? null : new ApartStore(joining);
        Name = name;
        (Counters.Events.Cache, Counters.Events.Logger) = (name, logger);
        if (tier is MemoryTier memory)
        {
            memory.Counters = Counters;
            memory.Logger = logger;
        }

        Options = options;
        _tier = tier;
        _life = life;
        _opening = new Opening(tier, store, life, time);
        Tier = new LivingTier(tier, life, _opening);
        Tagging = new Tagging(tagsOf, options.AnyNumberOfTags ? int.MaxValue : options.MaxTags);
        _store = store;
        History = options.Tier.KeepsVersions ? joining as IHistoryReader : null;
        _time = time;
        _logger = logger;
        _health = new StoreHealth(time);
        var asked = store is null ? null : new LivingStore(store, life, _opening);
        var batcher = asked is null
            ? null
            : new LoadBatcher(name, asked, options.Load, time, Counters, meter, _health) { FindsBadRows = true };
        _outages = new TierOutages(tier, time, logger);
        var parts = new CacheParts
        {
            Tier = Tier,
            AtOnce = tier,
            Outages = _outages,
            Options = options,
            Tagging = Tagging,
            Time = time,
            Counters = Counters,
            Meter = meter,
            Logger = logger,
        };
        Reader = new CacheReader(parts, batcher);
        Changes = new WatchHub(tier, time);
        Removal = new CopyRemoval(Tier, _outages, Reader, Counters);
        var evidence = new StoreEvidence(Reader.LoadVersionAsync, store?.KeepsDeletes ?? true, options.Purge, tier);
        var waiters = new StoredWaiters(tier, evidence, time);
        _waiting = tier.Subscribe(waiters);
        _writeThrough = asked is null ? null : new WriteThrough(tier, _outages, Reader, asked, options.Load, time, Counters);
        var pastDownTier = options.WhenTierIsDown == WhenTierIsDown.WriteThrough ? _writeThrough : null;
        var levels = new DurabilityLevels(
            Tier,
            _outages,
            pastDownTier is not null,
            store is null ? null : evidence,
            options,
            Counters,
            key => Flusher?.WhyDirty(key)
        );
        var room = new RoomPolicy(Tier, _writeThrough, options.Tier, time, Counters);
        Waits = new ReceiptWaits(Tier, evidence, levels, waiters, store is not null, time);
        var waits = new WriteWaits(waiters, levels, Waits, room);
        Writer = new CacheWriter(parts, Reader, pastDownTier, store is not null, waits);
        ManyWriter = new ManyWriter(parts, Reader, Writer, pastDownTier, waits);
        DeadLetters = new DeadLetterEditor(Tier, Reader, Writer);
        Merging = new MergeWriter(parts, Reader, waits);
        Flusher = store is not null && process.Flushes ? new Flusher(parts with { Tier = tier }, store, () => waiters.Any) : null;
        Beat = new ProcessBeat(tier, process.Self, Flusher is not null, () => Flusher?.Partitions ?? [], time);
        _storeWatch = store is null || tier.IsLocal ? null : new StoreWatch(_outages, store.InitializeAsync, time);
        _course = new CacheCourse(parts, _opening)
        {
            Beat = Beat,
            Flusher = Flusher,
            Watching = _storeWatch is null ? [_outages.RunAsync] : [_outages.RunAsync, _storeWatch.RunAsync],
            OnceReady = [.. LoopsOnceReady(joining as IPurgeableStore)],
        };
        _dirty = new DirtyWatch(tier, _outages, time, _course.Stop);
        var quiet = new FlushQuiet(tier, options, time);
        meter.Register(
            new MeteredCache(
                name,
                Counters,
                () => _dirty.Now,
                () => Near,
                () => Memory,
                () => _outages.DownCount,
                () => _course.StartedAt,
                () => quiet.IsNow,
                () => tier.Vanished
            )
        );
    }

    public string Name { get; }

    public ILogger Logger => _logger;

    /// <summary>Whether there is a store behind the tier.</summary>
    public bool HasStore => _store is not null;

    /// <summary>What tells the history; null where none is kept.</summary>
    public IHistoryReader? History { get; }

    public CacheOptions Options { get; }

    /// <summary>The tier for whatever callers set off: their first use starts the cache, and their writes end with it.</summary>
    public ICacheTier Tier { get; }

    /// <summary>Where tags come from.</summary>
    public Tagging Tagging { get; }

    public CacheReader Reader { get; }

    public CacheWriter Writer { get; }

    public ManyWriter ManyWriter { get; }

    public MergeWriter Merging { get; }

    public DeadLetterEditor DeadLetters { get; }

    /// <summary>What ends copies by tag, or because others changed the store.</summary>
    public CopyRemoval Removal { get; }

    public ReceiptWaits Waits { get; }

    /// <summary>Null where this process does not flush, or the cache has no store.</summary>
    public Flusher? Flusher { get; }

    /// <summary>What tells others of this process.</summary>
    public ProcessBeat Beat { get; }

    public CacheCounters Counters { get; } = new();

    /// <summary>What watchers are told.</summary>
    public WatchHub Changes { get; }

    /// <summary>What is wrong now, or null.</summary>
    public string? Problem
    {
        get
        {
            string[] all = [.. OtherProblems.Append(_health.Problem).OfType<string>().Distinct()];
            // One cause is told by several, in more words or fewer.
            string[] problems =
            [
                .. all.Where(one =>
                    !Array.Exists(all, other => other.Length > one.Length && other.Contains(one, StringComparison.Ordinal))
                ),
            ];
            return problems.Length == 0 ? null : $"cache {Name}: {string.Join("; ", problems)}";
        }
    }

    /// <summary>What is wrong now and only slows work down, or null.</summary>
    public string? Warning => Tier.Warning is { } warning ? $"cache {Name}: {warning}" : null;

    /// <summary>Whether nothing is wrong but that loads fail.</summary>
    public bool OnlyLoadsFail => _health.Problem is not null && OtherProblems.All(static problem => problem is null);

    private string?[] OtherProblems => [_course.Problem, _outages.Problem, Tier.Problem, Flusher?.Problem, _storeWatch?.Problem];

    /// <summary>The near cache, if there is one.</summary>
    public INearCache? AttachedNear => _near;

    private NearCounts Near => new(_near?.Entries ?? 0, _near?.Bytes ?? 0) { Evicted = Counters.NearEvicted.Value };

    private MemoryCounts Memory => (_tier as MemoryTier)?.Held ?? new MemoryCounts(0, 0, 0);

    /// <summary>The clock.</summary>
    public TimeProvider Time => _time;

    /// <summary>Lets a near cache hear what happens in the tier, for as long as the cache lives. To be called before
    /// the tier is initialised.</summary>
    public void Attach(INearCache near)
    {
        _near = near;
        Removal.Near = near;
        _outages.WhenDown = near.OnDown;
        _outages.WhenUp = near.OnUp;
        _nearListens = Tier.Subscribe(near);
    }

    /// <summary>Gathers the keys of a caller's own loader for one call, as the store's are gathered.</summary>
    public LoadBatcher Gather(IBackingStore<string, ReadOnlyMemory<byte>> loader) =>
        new(
            Name,
            loader,
            new LoadOptions
            {
                MaxConcurrent = Options.Load.MaxConcurrent,
                MaxBatch = int.MaxValue,
                Timeout = Options.Load.Timeout,
            },
            _time,
            counters: null,
            meter: null
        );

    /// <summary>Flushes what is dirty now: by this process's flusher, or by waiting for the workers'.</summary>
    public async ValueTask<FlushReport> FlushAsync(CancellationToken cancellationToken)
    {
        await _life.EnterAsync(_opening, cancellationToken).ConfigureAwait(false);
        var report = Flusher is null
            ? await WatchFlushAsync(cancellationToken).ConfigureAwait(false)
            : await Flusher.FlushAsync(_course.Deadline, cancellationToken).ConfigureAwait(false);
        return report.Left == 0 ? report : report with { Reason = Flusher?.Problem ?? Tier.FlushProblem };
    }

    /// <summary>Waits until the workers have flushed.</summary>
    private async ValueTask<FlushReport> WatchFlushAsync(CancellationToken cancellationToken)
    {
        var watch = await FlushWatch.BeginAsync(Tier, Options.Flush.StoredTimeout, _time, cancellationToken).ConfigureAwait(false);
        await watch.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await watch.ReportAsync(stored: null, failed: [], cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<CacheStatistics> GetStatisticsAsync(CancellationToken cancellationToken)
    {
        var dirty = await Tier.GetDirtyAsync(cancellationToken).ConfigureAwait(false);
        _dirty.Note(dirty);
        return StatisticsWith(dirty);
    }

    /// <summary>The same without a tier, or a part of it, that can't be reached: what is dirty there is then what the last look
    /// found.</summary>
    public async ValueTask<CacheStatistics> GetLastStatisticsAsync(CancellationToken cancellationToken)
    {
        if (!_outages.Any)
        {
            try
            {
                return await GetStatisticsAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (TierUnavailableException)
            {
                // So that the next caller does not wait for it.
                _outages.WriteFailed();
            }
        }

        if (_outages.DownCount is > 0 and var down && down < _tier.Partitions)
        {
            // Of the part that is away what was heard last counts, so the whole is as old as that.
            await _dirty.LookAsync(_aMoment, cancellationToken).ConfigureAwait(false);
        }

        var last = _dirty.Last;
        return StatisticsWith(last?.Summary ?? default) with { IsTierAway = true, DirtyAsOf = last?.At };
    }

    private CacheStatistics StatisticsWith(DirtySummary dirty) =>
        new(Counters.Reads, Counters.Flights, Counters.Loads, Counters.Writes.Value, Counters.Refused.Value, Counters.Flush, dirty)
        {
            TagsRemoved = Counters.TagsRemoved.Value,
            Purged = Counters.Purged.Value,
            Superseded = Counters.WritesSuperseded.Value,
            Vanished = Tier.Vanished,
            Circuit = Counters.Circuit,
            LeftAtStop = Counters.LeftAtStop.Value,
            Near = Near,
            Memory = Memory,
        };

    /// <inheritdoc cref="CacheCourse.StartAsync"/>
    public Task StartAsync(CancellationToken cancellationToken) => _course.StartAsync(cancellationToken);

    /// <inheritdoc cref="CacheCourse.ForgetFailedStart"/>
    public void ForgetFailedStart() => _course.ForgetFailedStart();

    /// <inheritdoc cref="CacheCourse.StopAsync"/>
    public Task StopAsync()
    {
        Changes.Dispose();
        return _course.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _waiting.Dispose();
        _nearListens?.Dispose();
        Reader.Dispose();
        _course.Dispose();
        _writeThrough?.Dispose();
        Flusher?.Dispose();
        await _tier.DisposeAsync().ConfigureAwait(false);
    }

    private IEnumerable<Func<CancellationToken, Task>> LoopsOnceReady(IPurgeableStore? purgeable)
    {
        if (Flusher is not { } flusher)
        {
            if (_store is not null)
            {
                yield return new StoreProbe(_store, _health, _time).RunAsync;
            }

            yield break;
        }

        if (purgeable is not null && Options.Purge.Retention > TimeSpan.Zero)
        {
            yield return new Purger(_tier, purgeable, Options.Purge, () => flusher.Leads, _time, Counters, _logger).RunAsync;
        }

        if (Options.Flush.DeadLetterRetries > 0)
        {
            yield return new DeadLetterRetry(_tier, Options.Flush, () => flusher.Leads, _time, _logger).RunAsync;
        }
    }
}
