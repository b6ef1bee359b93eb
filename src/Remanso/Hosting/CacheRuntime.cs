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
/// One cache's parts put together, in tier form (string keys, bytes), and its life: initialise, run, drain.
/// </summary>
internal sealed class CacheRuntime : IAsyncDisposable
{
    // How long after the deadline of a stop what heeds it has ended.
    private static readonly TimeSpan _afterDeadline = TimeSpan.FromSeconds(1);

    private readonly ICacheTier _tier;
    private readonly CacheLife _life;
    private readonly IBackingStore<string, ReadOnlyMemory<byte>>? _store;
    private readonly StoreHealth _health;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _stopDeadline;
    private readonly Opening _opening;
    private readonly DirtyWatch _dirty;
    private readonly IDisposable _waiting;
    private readonly TierOutages _outages;
    private readonly WriteThrough? _writeThrough;
    private readonly Purger? _purger;
    private readonly StoreWatch? _storeWatch;
    private readonly DeadLetterRetry? _retry;
    private INearCache? _near;
    private IDisposable? _nearListens;
    private Task _running = Task.CompletedTask;
    private bool _isStarted;
    private TimeSpan _startedAt;
    private volatile bool _isReady;
    private volatile string? _problem = "not started";

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
        _stopDeadline = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _logger = logger;
        _health = new StoreHealth(time);
        _dirty = new DirtyWatch(tier, _stop.Token);
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
        var levels = new DurabilityLevels(Tier, _outages, pastDownTier is not null, store is null ? null : evidence, options, Counters);
        var room = new RoomPolicy(Tier, _writeThrough, options.Tier, time, Counters);
        Waits = new ReceiptWaits(Tier, evidence, levels, waiters, store is not null);
        var waits = new WriteWaits(waiters, levels, Waits, room);
        Writer = new CacheWriter(parts, Reader, pastDownTier, store is not null, waits);
        ManyWriter = new ManyWriter(parts, Reader, Writer, pastDownTier, waits);
        DeadLetters = new DeadLetterEditor(Tier, Reader, Writer);
        Merging = new MergeWriter(parts, Reader, waits);
        Flusher = store is not null && process.Flushes ? new Flusher(parts with { Tier = tier }, store, () => waiters.Any) : null;
        Beat = new ProcessBeat(tier, process.Self, Flusher is not null, () => Flusher?.Partitions ?? [], time);
        _purger =
            Flusher is { } flusher && joining is IPurgeableStore purgeable && options.Purge.Retention > TimeSpan.Zero
                ? new Purger(tier, purgeable, options.Purge, () => flusher.Leads, time, Counters, logger)
                : null;
        _storeWatch = store is null || tier.IsLocal ? null : new StoreWatch(_outages, store.InitializeAsync, time);
        _retry =
            Flusher is { } leader && options.Flush.DeadLetterRetries > 0
                ? new DeadLetterRetry(tier, options.Flush, () => leader.Leads, time, logger)
                : null;
        var quiet = new FlushQuiet(tier, options, time);
        meter.Register(
            new MeteredCache(
                name,
                Counters,
                () => _dirty.Now,
                () => Near,
                () => Memory,
                () => _outages.DownCount,
                () => _startedAt,
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
            string[] problems = [.. OtherProblems.Append(_health.Problem).OfType<string>().Distinct()];
            return problems.Length == 0 ? null : $"cache {Name}: {string.Join("; ", problems)}";
        }
    }

    /// <summary>Whether nothing is wrong but that loads fail.</summary>
    public bool OnlyLoadsFail => _health.Problem is not null && OtherProblems.All(static problem => problem is null);

    private string?[] OtherProblems => [_problem, _outages.Problem, Tier.Problem, Flusher?.Problem, _storeWatch?.Problem];

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
        if (Flusher is not null)
        {
            return await Flusher.FlushAsync(_stopDeadline.Token, cancellationToken).ConfigureAwait(false);
        }

        var watch = await FlushWatch.BeginAsync(Tier, Options.Flush.StoredTimeout, _time, cancellationToken).ConfigureAwait(false);
        await watch.WaitAsync(cancellationToken).ConfigureAwait(false);
        return await watch.ReportAsync(stored: null, failed: [], cancellationToken).ConfigureAwait(false);
    }

    public async ValueTask<CacheStatistics> GetStatisticsAsync(CancellationToken cancellationToken) =>
        new(
            Counters.Reads,
            Counters.Flights,
            Counters.Loads,
            Counters.Writes.Value,
            Counters.Refused.Value,
            Counters.Flush,
            await Tier.GetDirtyAsync(cancellationToken).ConfigureAwait(false)
        )
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

    /// <summary>Initialises tier and store and begins to flush. What can't be mended by waiting (a refused setting, a
    /// read-only folder) is thrown; what can (a database that is not up yet) is tried again in the background, while
    /// the cache already serves.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_isStarted)
        {
            // The start of another cache failed, and all are started again.
            return;
        }

        _problem = null;
        try
        {
            await _opening.RunAsync(cancellationToken).ConfigureAwait(false);
            await (Flusher?.LookAsync(cancellationToken) ?? Task.CompletedTask).ConfigureAwait(false);
            _running = RunAsync(initialized: true);
        }
        catch (Exception exception) when (exception is TierUnavailableException or StoreException { IsTransient: true })
        {
            _problem = exception.Message;
            _running = RunAsync(initialized: false);
        }
        catch (Exception exception)
        {
            // Thrown, and told to whoever asks a process that goes on without this cache.
            _problem = exception.Message;
            _opening.SetFailed(exception);
            throw;
        }

        _startedAt = _time.GetUtcNow() - DateTimeOffset.UnixEpoch;
        _isStarted = true;
        _opening.SetReady();
    }

    /// <summary>Makes ready for another start, after one that failed.</summary>
    public void ForgetFailedStart() => _opening.ForgetFailure();

    /// <summary>Ends flushing, after a last one: of all that is dirty in this process, or of what this process is to
    /// flush in a shared tier. To be called once no write is accepted any more.</summary>
    public async Task StopAsync()
    {
        if (_stop.IsCancellationRequested)
        {
            return;
        }

        Changes.Dispose();
        _stopDeadline.CancelAfter(Options.Flush.StopTimeout);
        await _stop.CancelAsync().ConfigureAwait(false);
        var flushing = Task.Run(FlushLastAsync);
        await ((Task)flushing)
            .WaitAsync(Options.Flush.StopTimeout + _afterDeadline, _time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (flushing.IsCompleted)
        {
            NoteLeft(await flushing.ConfigureAwait(false));
            return;
        }

        // A store that does not heed its token, or keeps its thread: what it still does is guarded, so it may come
        // back whenever it wants.
        _logger.StopHeldUp(Name, Options.Flush.StopTimeout);
        NoteLeft(_tier.IsLocal ? await _tier.GetDirtyAsync(CancellationToken.None).ConfigureAwait(false) : default);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _waiting.Dispose();
        _nearListens?.Dispose();
        Reader.Dispose();
        _stop.Dispose();
        _stopDeadline.Dispose();
        _writeThrough?.Dispose();
        Flusher?.Dispose();
        await _tier.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<DirtySummary> FlushLastAsync()
    {
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            if (Flusher is null || !_isStarted)
            {
                return default;
            }

            await TryGetReadyAsync(_stopDeadline.Token).ConfigureAwait(false);
            return await Flusher.DrainAsync(_stopDeadline.Token).ConfigureAwait(false);
        }
        finally
        {
            await Beat.LeaveAsync(_stopDeadline.Token).ConfigureAwait(false);
        }
    }

    // A database that has come up since the last try may still get what is dirty.
    private async Task TryGetReadyAsync(CancellationToken deadline)
    {
        if (_isReady || !_tier.IsLocal)
        {
            return;
        }

        try
        {
            await _opening.RunAsync(deadline).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _problem = exception.Message;
        }
    }

    private void NoteLeft(DirtySummary left)
    {
        var isLost = _tier.IsLocal && _tier.WhyNot(Durability.Logged) is not null;
        // One whose last commit failed has those of before.
        if (isLost && left.DeadLetters > 0 && _tier is not MemoryTier { HasJournal: true })
        {
            _logger.StoppedWithDeadLetters(Name, left.DeadLetters);
        }

        if (left.Entries == 0)
        {
            return;
        }

        Counters.LeftAtStop.Add(left.Entries);
        if (!_tier.IsLocal)
        {
            _logger.StoppedShared(Name, left.Entries, left.Bytes);
        }
        else if (isLost)
        {
            _logger.StoppedDirty(Name, left.Entries, left.Bytes);
        }
        else
        {
            _logger.StoppedKept(Name, left.Entries, left.Bytes);
        }
    }

    private async Task RunAsync(bool initialized)
    {
        // The caller goes on: a start waits for what can fail for good, not for passes.
        await Task.Yield();
        var watching = Task.WhenAll(
            KeepAsync(_outages.RunAsync(_stop.Token)),
            KeepAsync(Beat.RunAsync(_stop.Token)),
            KeepAsync(_storeWatch?.RunAsync(_stop.Token))
        );
        try
        {
            for (var attempt = 1; !initialized; attempt++)
            {
                var delay = Backoff.Delay(attempt, Options.Flush.FirstBackoff, Options.Flush.MaxBackoff, Chance.NextDouble());
                _logger.StartFailed(Name, delay, _problem ?? string.Empty);
                await Task.Delay(delay, _time, _stop.Token).ConfigureAwait(false);
                initialized = await TryInitializeAsync().ConfigureAwait(false);
            }

            _isReady = true;
            if (Flusher is not null)
            {
                await Task.WhenAll(
                        KeepAsync(Flusher.RunAsync(_stop.Token, _stopDeadline.Token)),
                        KeepAsync(_purger?.RunAsync(_stop.Token)),
                        KeepAsync(_retry?.RunAsync(_stop.Token))
                    )
                    .ConfigureAwait(false);
            }
            else if (_store is not null)
            {
                await KeepAsync(new StoreProbe(_store, _health, _time).RunAsync(_stop.Token)).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped before it was ready.
        }

        await watching.ConfigureAwait(false);
    }

    // No loop ends before the stop, for what it meets is tried again. One that does all the same is told, for it leaves
    // its work undone while the cache goes on; and it must not keep the stop from flushing.
    private async Task KeepAsync(Task? loop)
    {
        try
        {
            await (loop ?? Task.CompletedTask).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped.
        }
        catch (Exception exception)
        {
            _problem = "a part of it has ended, so restart the process: " + exception.Message;
            _logger.PartEnded(Name, exception);
        }
    }

    private async ValueTask<bool> TryInitializeAsync()
    {
        try
        {
            await _opening.RunAsync(_stop.Token).ConfigureAwait(false);
            _problem = null;
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !_stop.IsCancellationRequested)
        {
            // Also where a stop came meanwhile: what kept it from starting must not keep it from stopping.
            _problem = exception.Message;
            return false;
        }
    }
}
