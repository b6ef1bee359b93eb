using Microsoft.Extensions.Logging;
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
    private volatile bool _isReady;
    private volatile string? _problem = "not started";
    private volatile DirtyLook _dirty = new(default);
    private volatile Task _looking = Task.CompletedTask;

    public CacheRuntime(
        string name,
        CacheOptions options,
        ICacheTier tier,
        IBackingStore<string, ReadOnlyMemory<byte>>? store,
        Func<string, ReadOnlyMemory<byte>, IReadOnlyList<string>?>? tagsOf,
        bool flushes,
        CacheLife life,
        ProcessIdentity self,
        TimeProvider time,
        RemansoMeter meter,
        ILogger logger)
    {
        Name = name;
        (Counters.Events.Cache, Counters.Events.Logger) = (name, logger);
        if (tier is MemoryTier memory)
        {
            memory.Events = Counters.Events;
        }

        Options = options;
        _tier = tier;
        _life = life;
        Tier = new LivingTier(tier, life);
        Tagging = new Tagging(tagsOf, options.AnyNumberOfTags ? int.MaxValue : options.MaxTags);
        _store = store;
        _time = time;
        _stopDeadline = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _logger = logger;
        _health = new StoreHealth(time);
        var asked = store is null ? null : new LivingStore(store, life, name);
        var batcher = asked is null ? null : new LoadBatcher(name, asked, options.Load, time, Counters, meter, _health, findsBadRows: true);
        _outages = new TierOutages(tier, time, logger);
        Reader = new CacheReader(Tier, _outages, batcher, options, Tagging, time, Counters, meter, logger);
        Changes = new WatchHub(tier, time);
        var waiters = new StoredWaiters(tier, Reader.LoadVersionAsync, time);
        _waiting = tier.Subscribe(waiters);
        _writeThrough = asked is null ? null : new WriteThrough(tier, _outages, Reader, asked, options.Load, Counters);
        var pastDownTier = options.WhenTierIsDown == WhenTierIsDown.WriteThrough ? _writeThrough : null;
        var levels = new DurabilityLevels(Tier, _outages, pastDownTier is not null, store is not null, options, Counters);
        var room = new RoomPolicy(Tier, _writeThrough, options.Tier, time, Counters);
        Waits = new ReceiptWaits(Tier, Reader, levels, waiters, store is not null, () => Flusher?.Wake());
        Writer = new CacheWriter(Tier, _outages, Reader, pastDownTier, store is not null, options, Tagging, Counters, waiters, levels, Waits, room);
        DeadLetters = new DeadLetterEditor(Tier, Writer);
        Merging = new MergeWriter(Tier, _outages, Reader, Counters, waiters, levels, Waits, room);
        Flusher = store is not null && flushes ? new Flusher(tier, store, options, Tagging, time, Counters, meter, logger) : null;
        Beat = new ProcessBeat(tier, self, Flusher is not null, () => Flusher?.Partitions ?? [], time);
        _purger = Flusher is { } flusher && store is IPurgeableStore purgeable && options.Purge.Retention > TimeSpan.Zero
            ? new Purger(tier, purgeable, options.Purge, () => flusher.Leads, time, Counters, logger)
            : null;
        _storeWatch = store is null || tier.IsLocal ? null : new StoreWatch(_outages, store.InitializeAsync, time);
        _retry = Flusher is { } leader && options.Flush.DeadLetterRetries > 0
            ? new DeadLetterRetry(tier, options.Flush, () => leader.Leads, time, logger)
            : null;
        meter.Register(name, Counters, () => DirtyNow, () => Near);
    }

    public string Name { get; }

    public ILogger Logger => _logger;

    /// <summary>What tells the history; null where none is kept.</summary>
    public IHistoryReader? History => Options.Tier.KeepsVersions ? _store as IHistoryReader : null;

    public CacheOptions Options { get; }

    /// <summary>The tier for whatever callers set off: their first use starts the cache, and their writes end with it.</summary>
    public ICacheTier Tier { get; }

    /// <summary>Where tags come from.</summary>
    public Tagging Tagging { get; }

    public CacheReader Reader { get; }

    public CacheWriter Writer { get; }

    public MergeWriter Merging { get; }

    public DeadLetterEditor DeadLetters { get; }

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

    private NearCounts Near => _near is { } near ? new NearCounts(near.Entries, near.Bytes) : new NearCounts(0, 0);

    // A meter can't wait: of a remote tier it gets what the last look found, and sets off the next.
    private DirtySummary DirtyNow
    {
        get
        {
            if (_looking.IsCompleted)
            {
                _looking = LookAsync();
            }

            return _dirty.Summary;
        }
    }

    /// <summary>Removes what carries one of the tags, which are valid, or ends its freshness.</summary>
    public async ValueTask RemoveByTagAsync(IReadOnlyList<string> tags, bool keepsStale, CancellationToken cancellationToken)
    {
        try
        {
            if (keepsStale)
            {
                await Tier.ExpireByTagAsync(tags, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await Tier.RemoveByTagAsync(tags, cancellationToken).ConfigureAwait(false);
            }

            Counters.TagsRemoved.Add(tags.Count);
            Counters.Events.Ended(keepsStale, tags);
        }
        finally
        {
            // Also after an error: it may have happened.
            foreach (var tag in tags)
            {
                _near?.OnTagRemoved(tag);
            }
        }
    }

    /// <summary>The clock.</summary>
    public TimeProvider Time => _time;

    /// <summary>Lets a near cache hear what happens in the tier, for as long as the cache lives. To be called before the tier is initialised.</summary>
    public void Attach(INearCache near)
    {
        _near = near;
        _outages.WhenDown = near.OnDown;
        _outages.WhenUp = near.OnUp;
        _nearListens = Tier.Subscribe(near);
    }

    /// <summary>
    /// Drops the copies of keys that others have changed in the store, all of them where <paramref name="keys"/> is null: now, or as soon as the tier can be reached. Keys that can be in no cache are
    /// ignored.
    /// </summary>
    public async ValueTask DropCopiesAsync(IReadOnlyList<string>? keys)
    {
        if (keys is null)
        {
            _near?.Clear();
            await _outages.InvalidateAllAsync().ConfigureAwait(false);
            Counters.Events.Ended(keepsStale: false, tags: null);
            return;
        }

        string[] valid = [.. keys.Where(CacheKey.IsValid)];
        foreach (var key in valid)
        {
            Reader.ForgetPastTier(key);
            _near?.OnChanged(key, 0);
        }

        await _outages.InvalidateAsync(valid).ConfigureAwait(false);
        Counters.Events.Ended(CacheEventKinds.Invalidated, valid);
    }

    /// <summary>Gathers the keys of a caller's own loader for one call, as the store's are gathered.</summary>
    public LoadBatcher Gather(IBackingStore<string, ReadOnlyMemory<byte>> loader) =>
        new(Name, loader, new LoadOptions { MaxConcurrent = Options.Load.MaxConcurrent, MaxBatch = int.MaxValue, Timeout = Options.Load.Timeout }, _time, counters: null, meter: null);

    /// <summary>Flushes what is dirty now: by this process's flusher, or by waiting for the workers'.</summary>
    public async ValueTask<FlushReport> FlushAsync(CancellationToken cancellationToken)
    {
        await _life.EnterAsync(cancellationToken).ConfigureAwait(false);
        if (Flusher is not null)
        {
            return await Flusher.FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        var began = _time.GetTimestamp();
        var dirty = await Tier.GetDirtyAsync(cancellationToken).ConfigureAwait(false);
        var before = dirty.Entries;
        while (dirty.Entries > 0 && dirty.OldestAge >= _time.GetElapsedTime(began))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), _time, cancellationToken).ConfigureAwait(false);
            dirty = await Tier.GetDirtyAsync(cancellationToken).ConfigureAwait(false);
        }

        return new FlushReport(before, new Dictionary<string, string>(StringComparer.Ordinal));
    }

    public async ValueTask<CacheStatistics> GetStatisticsAsync(CancellationToken cancellationToken) => new(
        Counters.Reads,
        Counters.Flights,
        Counters.Loads,
        Counters.Writes.Value,
        Counters.Refused.Value,
        Counters.Flush,
        await Tier.GetDirtyAsync(cancellationToken).ConfigureAwait(false))
    {
        TagsRemoved = Counters.TagsRemoved.Value,
        Purged = Counters.Purged.Value,
        Superseded = Counters.WritesSuperseded.Value,
        Vanished = Tier.Vanished,
        Circuit = Counters.Circuit,
        LeftAtStop = Counters.LeftAtStop.Value,
        Near = Near,
    };

    /// <summary>
    /// Initialises tier and store and begins to flush. What can't be mended by waiting (a refused setting, a read-only folder) is thrown; what can (a database that is
    /// not up yet) is tried again in the background, while the cache already serves.
    /// </summary>
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
            await InitializeAsync(cancellationToken).ConfigureAwait(false);
            _running = RunAsync(initialized: true);
        }
        catch (Exception exception) when (exception is TierUnavailableException or StoreException { IsTransient: true })
        {
            _problem = exception.Message;
            _running = RunAsync(initialized: false);
        }

        _isStarted = true;
    }

    /// <summary>Ends flushing, after a last one: of all that is dirty in this process, or of what this process is to flush in a shared tier. To be called once no write is accepted any more.</summary>
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
        try
        {
            NoteLeft(await flushing.WaitAsync(Options.Flush.StopTimeout + _afterDeadline, _time).ConfigureAwait(false));
        }
        catch (TimeoutException) when (!flushing.IsCompleted)
        {
            // A store that does not heed its token, or keeps its thread: what it still does is guarded, so it may come back whenever it wants.
            _logger.StopHeldUp(Name, Options.Flush.StopTimeout);
            NoteLeft(_tier.IsLocal ? await _tier.GetDirtyAsync(CancellationToken.None).ConfigureAwait(false) : default);
        }
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
        await _running.ConfigureAwait(false);
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
            await InitializeAsync(deadline).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            _problem = exception.Message;
        }
    }

    private void NoteLeft(DirtySummary left)
    {
        if (left.Entries == 0)
        {
            return;
        }

        Counters.LeftAtStop.Add(left.Entries);
        if (!_tier.IsLocal)
        {
            _logger.StoppedShared(Name, left.Entries, left.Bytes);
        }
        else if (_tier.WhyNot(Durability.Logged) is null)
        {
            _logger.StoppedKept(Name, left.Entries, left.Bytes);
        }
        else
        {
            _logger.StoppedDirty(Name, left.Entries, left.Bytes);
        }
    }

    private async Task LookAsync()
    {
        try
        {
            _dirty = new DirtyLook(await _tier.GetDirtyAsync(_stop.Token).ConfigureAwait(false));
        }
        catch (Exception exception) when (exception is TierUnavailableException or OperationCanceledException or ObjectDisposedException)
        {
            // The last look stands.
        }
    }

    private async Task RunAsync(bool initialized)
    {
        // The caller goes on: a start waits for what can fail for good, not for passes.
        await Task.Yield();
        var watching = Task.WhenAll(_outages.RunAsync(_stop.Token), Beat.RunAsync(_stop.Token), _storeWatch?.RunAsync(_stop.Token) ?? Task.CompletedTask);
        try
        {
            for (var attempt = 1; !initialized; attempt++)
            {
                var delay = Backoff.Delay(attempt, Options.Flush.FirstBackoff, Options.Flush.MaxBackoff, Random.Shared.NextDouble());
                _logger.StartFailed(Name, delay, _problem ?? string.Empty);
                await Task.Delay(delay, _time, _stop.Token).ConfigureAwait(false);
                initialized = await TryInitializeAsync().ConfigureAwait(false);
            }

            _isReady = true;
            if (Flusher is not null)
            {
                await Task.WhenAll(Flusher.RunAsync(_stop.Token, _stopDeadline.Token), _purger?.RunAsync(_stop.Token) ?? Task.CompletedTask, _retry?.RunAsync(_stop.Token) ?? Task.CompletedTask).ConfigureAwait(false);
            }
            else if (_store is not null)
            {
                await new StoreProbe(_store, _health, _time).RunAsync(_stop.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Stopped before it was ready.
        }

        await watching.ConfigureAwait(false);
    }

    private async ValueTask<bool> TryInitializeAsync()
    {
        try
        {
            await InitializeAsync(_stop.Token).ConfigureAwait(false);
            _problem = null;
            return true;
        }
        catch (Exception exception) when (!_stop.IsCancellationRequested)
        {
            _problem = exception.Message;
            return false;
        }
    }

    // Both, whichever fails: with one of them the cache serves already.
    private async Task InitializeAsync(CancellationToken cancellationToken)
    {
        var both = Task.WhenAll(InitializeTierAsync(cancellationToken), InitializeStoreAsync(cancellationToken));
        try
        {
            await both.ConfigureAwait(false);
        }
        catch (Exception) when (both.Exception is { InnerExceptions: { Count: > 1 } errors })
        {
            // What can't be mended by waiting before what can; and where both can't be reached, both are named.
            throw errors.FirstOrDefault(static error => error is not (TierUnavailableException or StoreException { IsTransient: true }))
                ?? new TierUnavailableException(string.Join("; ", errors.Select(static error => error.Message)), mayHaveHappened: false);
        }
    }

    private async Task InitializeTierAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _tier.InitializeAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidOperationException exception) when (exception is not ObjectDisposedException)
        {
            throw new CacheConfigurationException(exception.Message);
        }
    }

    // A store of the application may throw before it awaits anything: that is an error of its own, beside the tier's.
    private async Task InitializeStoreAsync(CancellationToken cancellationToken)
    {
        if (_store is not null)
        {
            await _store.InitializeAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private sealed record DirtyLook(DirtySummary Summary);
}
