using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Remanso.Common;
using Remanso.Entries;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.ReadThrough;

// Why a read looks into the tier before it joins a flight. A write is visible once the tier holds it, and a dirty entry
// cannot leave the tier. A caller that finds the key missing therefore knows that every write acknowledged before its
// look is in the store, and may share a load for which the tier vouches after the caller began: the fill under a lease
// that no write voided. A flight that was decided before that and is still in the air (its thread was held up) is not
// for this caller, who then looks again.

/// <summary>
/// Reads of one cache, in tier form: the tier, then one flight per key (<see cref="LeasedLoad"/>), or past a tier that is down.
/// </summary>
internal sealed class CacheReader : IDisposable
{
    private readonly ICacheTier _tier;
    private readonly ICacheTier _atOnce;
    private readonly TierOutages _outages;
    private readonly ReadPastTier _pastTier;
    private readonly LoadBatcher? _batcher;
    private readonly CacheOptions _options;
    private readonly TimeProvider _time;
    private readonly CacheCounters _counters;
    private readonly ILogger _logger;
    private readonly TimedLoad _loads;
    private readonly LoadBackoffs _backoffs;
    private readonly RefreshWindow _window;
    private readonly LeasedLoad _load;
    private readonly StaleLoad _staleLoad;
    private readonly SingleFlight<string, Answer> _flights = new();
    private readonly FlightMarks _marks = new();
    private readonly ReadTally _tally;
    private readonly FillLeaseKeeper _leases;
    private readonly ManyReader _many;
    private readonly bool _isLocal;

    public CacheReader(CacheParts parts, LoadBatcher? batcher)
    {
        var tier = parts.Tier;
        _tier = tier;
        // A fresh hit says that the cache has been started: nothing is to be asked on the way to it.
        _atOnce = parts.AtOnce;
        _outages = parts.Outages;
        _batcher = batcher;
        _options = parts.Options;
        _time = parts.Time;
        _counters = parts.Counters;
        _logger = parts.Logger;
        _tally = new ReadTally(tier, _counters, parts.Meter);
        _loads = new TimedLoad(batcher, _options.Load, _time, _counters.Events);
        _backoffs = new LoadBackoffs(_options.Load, _time);
        _window = new RefreshWindow(tier, _options.Load);
        _pastTier = new ReadPastTier(_loads, _backoffs, _counters);
        _leases = new FillLeaseKeeper(tier, _time);
        _load = new LeasedLoad(parts, batcher, _loads, _backoffs, _window, _marks, _leases);
        _staleLoad = new StaleLoad(_flights, _load, _options.Load, tier.Cache, _time, _counters, _logger);
        _many = new ManyReader(this, parts, batcher, _marks, _tally, _leases);
        _isLocal = tier.IsLocal;
    }

    /// <summary>Answers the most frequent read, a fresh value in a local tier, with as little as can be.</summary>
    public bool TryRead(string key, [NotNullWhen(true)] out CacheEntry? entry)
    {
        if (!_atOnce.TryRead(key, out entry) || entry.IsTombstone)
        {
            return false;
        }

        _tally.TierHit(key, entry);
        return true;
    }

    /// <summary>Whether reads of the key go past the tier now.</summary>
    public bool IsPastTier(string key) => _outages.IsDown(key);

    /// <summary>No entry with more microseconds left is to be refreshed.</summary>
    public long LongestRefreshWindow => _window.Longest;

    /// <summary>Whether the reader of this hit is to call <see cref="StartRefresh"/>.</summary>
    public bool ShouldRefresh(CacheEntry entry) => _window.ShouldRefresh(entry);

    /// <summary>Loads a key again in the background, unless that is under way or its last load has just failed.</summary>
    /// <param name="key">The key.</param>
    /// <param name="entry">The copy that is about to expire.</param>
    /// <param name="plan">How to load it.</param>
    /// <param name="held">Disposed of when the load has begun, or is not begun.</param>
    /// <param name="loaded">Hears what this load brought; not called where another one is under way, or the load fails.</param>
    public void StartRefresh(string key, CacheEntry entry, ReadPlan plan, IDisposable? held = null, Action<Answer>? loaded = null)
    {
        if (!CanLoad(plan) || !plan.Fills || !plan.MayRunInBackground(_options.Load) || _backoffs.Find(key) is not null)
        {
            held?.Dispose();
        }
        else if (
            _flights.TryStart(
                key,
                (Reader: this, Entry: entry, Plan: plan, Loaded: loaded),
                static (key, state, token) => state.Reader.RefreshAsync(key, state.Entry, state.Plan, state.Loaded, token),
                held
            )
        )
        {
            _counters.EarlyRefreshes.Add();
        }
    }

    /// <summary>Reads a key: from the tier, else by a load.</summary>
    public ValueTask<Answer> ReadAsync(string key, ReadPlan plan, CancellationToken cancellationToken) =>
        plan.Options?.Timeout is { } most && !plan.Limit.CanBeCanceled
            ? ReadWithinAsync(key, plan, most, cancellationToken)
            : ReadAsync(key, since: null, plan, cancellationToken);

    /// <param name="key">The key.</param>
    /// <param name="since">When a caller began who looks again; null for now.</param>
    /// <param name="plan">How to read it.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    private async ValueTask<Answer> ReadAsync(string key, FlightMarks.Moment? since, ReadPlan plan, CancellationToken cancellationToken)
    {
        CacheKey.Validate(key);
        var began = since ?? _marks.Of(key);
        var canLoad = CanLoad(plan);
        if (canLoad && _outages.IsDown(key))
        {
            return await ReadPastTierAsync(key, plan, cancellationToken).ConfigureAwait(false);
        }

        TierRead read;
        try
        {
            _outages.ThrowIfDown(key);
            if (canLoad && (plan.Skips & ReadSkip.TierRead) != 0)
            {
                return await LoadAnywayAsync(key, began, plan, cancellationToken).ConfigureAwait(false);
            }

            read = await _tier.ReadAsync(key, canLoad ? HolderOf(key, plan) : 0, cancellationToken).ConfigureAwait(false);
        }
        catch (TierUnavailableException exception) when (canLoad)
        {
            _outages.ReadFailed(key, exception);
            return await ReadPastTierAsync(key, plan, cancellationToken).ConfigureAwait(false);
        }

        return read is { Outcome: TierReadOutcome.Hit, Entry: { } entry } ? Hit(key, entry, plan)
            : !canLoad ? Unloaded(key, read, plan)
            : await MissAsync(key, read, began, plan, gathered: null, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<Answer> ReadWithinAsync(string key, ReadPlan plan, TimeSpan most, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(most, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            return await ReadAsync(key, plan with { Limit = limit.Token }, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"The read did not come back within ReadOptions.Timeout ({most}).", exception);
        }
    }

    /// <inheritdoc cref="ManyReader.ReadAsync"/>
    public ValueTask<(Answer[] Answers, Exception?[]? Errors)> ReadManyAsync(
        IReadOnlyList<string> keys,
        Func<int, ReadPlan> planOf,
        LoadBatcher? gathered,
        CancellationToken cancellationToken
    ) => _many.ReadAsync(keys, planOf, gathered, cancellationToken);

    /// <summary>Reads the tier alone.</summary>
    /// <param name="key">The key.</param>
    /// <param name="plan">Says whether a stale copy will do.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    public async ValueTask<Answer> ReadTierAsync(string key, ReadPlan plan, CancellationToken cancellationToken)
    {
        CacheKey.Validate(key);
        _outages.ThrowIfDown(key);
        var read = await _tier.ReadAsync(key, holder: 0, cancellationToken).ConfigureAwait(false);
        return read is { Outcome: TierReadOutcome.Hit, Entry: { } entry } ? _tally.Hit(key, entry) : Unloaded(key, read, plan);
    }

    /// <summary>Says that the store has a newer row of a key than what was or is being read past the tier.</summary>
    public void ForgetPastTier(string key) => _pastTier.Forget(key);

    /// <summary>Brings a key into the tier if it is not there, so that a condition on it can be checked.</summary>
    /// <param name="key">The key.</param>
    /// <param name="plan">How the cache's own loader loads it; null for the store's row.</param>
    /// <param name="anew">Whether a clean hit is loaded again as well.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public ValueTask EnsureResidentAsync(string key, ReadPlan? plan, bool anew, CancellationToken cancellationToken)
    {
        if (_backoffs.Find(key) is { } failure)
        {
            _counters.BackedOff.Add();
            failure.Throw();
        }

        return plan is null
            ? _load.EnsureResidentAsync(key, anew, cancellationToken)
            : LoadForWriteAsync(key, plan with { IsForWrite = true }, anew, cancellationToken);
    }

    /// <summary>One flight, as for a read: a loader is asked once, however many writes wait. What the flight of a read
    /// brought may not be kept; the next one is this write's own.</summary>
    private async ValueTask LoadForWriteAsync(string key, ReadPlan plan, bool anew, CancellationToken cancellationToken)
    {
        var result = await _flights
            .RunAsync(
                key,
                (Load: _load, Plan: plan, Anew: anew),
                static (key, state, token) =>
                    state.Anew
                        ? state.Load.RefreshAsync(key, seen: null, state.Plan, token)
                        : state.Load.LeadAsync(key, read: default, since: null, state.Plan, token),
                cancellationToken
            )
            .ConfigureAwait(false);
        LeasedLoad.ThrowIfNoLeases(result.Value.Lease);
    }

    /// <summary>Holds the store's queries back until the result is disposed, so that keys asked for together leave
    /// together; null where there is no store.</summary>
    public LoadBatcher.Gathering? Gather() => _batcher?.Gather();

    /// <summary>The rows of keys as the store has them now, through the bulkhead, at their index; null where there is none.
    /// A row that can't be loaded is the error of its key.</summary>
    public async ValueTask<Attempt<StoreRow<string, ReadOnlyMemory<byte>>?>[]> LoadRowsAsync(
        IReadOnlyList<string> keys,
        CancellationToken cancellationToken
    )
    {
        Task<StoreRow<string, ReadOnlyMemory<byte>>?>[] loads;
        using (_batcher!.Gather())
        {
            loads = [.. keys.Select(key => _batcher.LoadAsync(key, cancellationToken).AsTask())];
        }

        await ((Task)Task.WhenAll(loads)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        var rows = new Attempt<StoreRow<string, ReadOnlyMemory<byte>>?>[loads.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            rows[i] = loads[i].IsCompletedSuccessfully
                ? new(await loads[i].ConfigureAwait(false), null)
                : new(null, loads[i].Exception?.InnerException ?? new TaskCanceledException(loads[i]));
        }

        return rows;
    }

    /// <summary>The version of a key's row in the store, null where there is none; through the bulkhead.</summary>
    public async ValueTask<long?> LoadVersionAsync(string key, CancellationToken cancellationToken) =>
        (await LoadRowsAsync([key], cancellationToken).ConfigureAwait(false))[0].Get()?.Version;

    /// <summary>Reads the store alone, through the bulkhead; nothing is cached.</summary>
    public async ValueTask<Answer> ReadStoreAsync(string key, CancellationToken cancellationToken)
    {
        CacheKey.Validate(key);
        var row = _batcher is null ? null : await _batcher.LoadAsync(key, cancellationToken).ConfigureAwait(false);
        return _tally.Count(key, new Answer(row is null ? null : _load.Uncached(LoadedValue.From(row)), ReadSource.Store, ReadFlags.None));
    }

    public void Dispose()
    {
        _loads.Dispose();
        _leases.Dispose();
    }

    /// <summary>Whether there is anything to load from.</summary>
    public bool CanLoad(ReadPlan plan) => plan.Loader is not null || _batcher is not null;

    // A remote tier gives the lease with the look, which saves a round trip; who won't load must not keep others from it.
    public long HolderOf(string key, ReadPlan plan) =>
        _isLocal || !plan.Fills || plan.TakesStaleAtOnce || _backoffs.Find(key) is not null ? 0 : _leases.Holder;

    /// <summary>Loads what the tier misses, or serves a stale copy where that is the plan.</summary>
    public async ValueTask<Answer> MissAsync(
        string key,
        TierRead read,
        FlightMarks.Moment since,
        ReadPlan plan,
        LoadBatcher? gathered,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var stale = plan.StaleOf(read, _tier.Now);
            if (stale is not null && plan.TakesStaleAtOnce)
            {
                await _load.ReleaseAsync(key, read.Lease).ConfigureAwait(false);
                return _tally.Stale(key, stale, ReadFlags.None);
            }

            if (_backoffs.Find(key) is { } failure)
            {
                _counters.BackedOff.Add();
                await _load.ReleaseAsync(key, read.Lease).ConfigureAwait(false);
                if (stale is null)
                {
                    failure.Throw();
                }

                return _tally.Stale(key, stale!, ReadFlags.BackedOff);
            }

            if (stale is not null)
            {
                return await StaleMissAsync(key, read, stale, since, plan, gathered, cancellationToken).ConfigureAwait(false);
            }

            var result = await _flights
                .RunAsync(
                    key,
                    (Reader: this, Read: read, Since: since, Plan: plan),
                    static (key, state, token) => state.Reader._load.LeadAsync(key, state.Read, state.Since, state.Plan, token),
                    cancellationToken
                )
                .ConfigureAwait(false);
            return await ArriveAsync(key, result, read, since, plan, cancellationToken).ConfigureAwait(false);
        }
        catch (TierUnavailableException exception)
        {
            _outages.ReadFailed(key, exception);
            return await ReadPastTierAsync(key, plan, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>A miss with a stale copy at hand, which is the answer where the load fails or is slow. The copy is this
    /// caller's own look: another one's may be older than what was written since.</summary>
    private async ValueTask<Answer> StaleMissAsync(
        string key,
        TierRead read,
        CacheEntry stale,
        FlightMarks.Moment since,
        ReadPlan plan,
        LoadBatcher? gathered,
        CancellationToken cancellationToken
    )
    {
        FlightResult<Answer> result;
        try
        {
            if (await _staleLoad.RunAsync(key, read, since, plan, gathered, cancellationToken).ConfigureAwait(false) is not { } landed)
            {
                return _tally.Stale(key, stale, ReadFlags.Slow);
            }

            result = landed;
        }
        catch (Exception exception)
            when (exception is not RecursiveLoadException and not TierUnavailableException && !cancellationToken.IsCancellationRequested)
        {
            _logger.ServedStale(_tier.Cache, key, exception.Message, StoreErrors.Unforeseen(exception));
            return _tally.Stale(key, stale, ReadFlags.None);
        }

        return await ArriveAsync(key, result, read, since, plan, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>A load for a caller that wants no copy.</summary>
    private async ValueTask<Answer> LoadAnywayAsync(
        string key,
        FlightMarks.Moment since,
        ReadPlan plan,
        CancellationToken cancellationToken
    )
    {
        if (_backoffs.Find(key) is { } failure)
        {
            _counters.BackedOff.Add();
            failure.Throw();
        }

        var result = await _flights
            .RunAsync(
                key,
                (Reader: this, Plan: plan),
                static (key, state, token) => state.Reader._load.RefreshAsync(key, seen: null, state.Plan, token),
                cancellationToken
            )
            .ConfigureAwait(false);
        return await ArriveAsync(key, result, read: default, since, plan, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes a flight's answer, or looks again where it was decided before this caller began. What is in the air
    /// after that began later than this caller, so it looks again once at most: those who came while an answer was loaded
    /// for which no tier vouches share the next load.</summary>
    private async ValueTask<Answer> ArriveAsync(
        string key,
        FlightResult<Answer> result,
        TierRead read,
        FlightMarks.Moment since,
        ReadPlan plan,
        CancellationToken cancellationToken
    )
    {
        if (result.Joined && FlightMarks.WasBefore(result.Value, since))
        {
            return await ReadAsync(key, since.LookAgain(_marks.Of(key)), plan, cancellationToken).ConfigureAwait(false);
        }

        if (result.Joined && (result.Value.Flags & ReadFlags.Filled) == 0 && read.Lease > 0 && read.Lease != result.Value.Lease)
        {
            // This caller's own look has taken a lease that the flight knew nothing of. He has his answer, and does not wait for that.
            _load.ReleaseAsync(key, read.Lease).AsTask().Forget();
        }

        return _tally.CountFlight(key, result.Value, result.Joined);
    }

    private async ValueTask<Answer> RefreshAsync(
        string key,
        CacheEntry entry,
        ReadPlan plan,
        Action<Answer>? loaded,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var answer = await _load.RefreshAsync(key, entry, plan, cancellationToken).ConfigureAwait(false);
            loaded?.Invoke(ReadTally.Found(answer));
            return answer;
        }
        catch (Exception exception)
        {
            if (exception is TierUnavailableException unavailable)
            {
                _outages.ReadFailed(key, unavailable);
            }

            // Who joins gets it too; but as a rule nobody does.
            _logger.RefreshFailed(_tier.Cache, key, exception.Message, StoreErrors.Unforeseen(exception));
            throw;
        }
    }

    /// <summary>Loads without the tier.</summary>
    public async ValueTask<Answer> ReadPastTierAsync(string key, ReadPlan plan, CancellationToken cancellationToken)
    {
        var result = await _pastTier.LoadAsync(key, plan, cancellationToken).ConfigureAwait(false);
        return _tally.CountFlight(key, new Answer(_load.Uncached(result.Value), ReadSource.Store, ReadFlags.None), result.Joined);
    }

    /// <summary>What a miss is worth to a caller for whom nothing is loaded.</summary>
    private Answer Unloaded(string key, in TierRead read, ReadPlan plan) =>
        plan.TakesStaleAtOnce && plan.StaleOf(read, _tier.Now) is { } stale
            ? _tally.Stale(key, stale, ReadFlags.None)
            : _tally.Absent(key, null, ReadSource.Tier);

    private Answer Hit(string key, CacheEntry entry, ReadPlan plan)
    {
        Refresh(key, entry, plan, gathered: null);
        return _tally.Hit(key, entry);
    }

    /// <summary>Starts a refresh of a hit that is due; whether it did.</summary>
    public bool Refresh(string key, CacheEntry entry, ReadPlan plan, LoadBatcher? gathered)
    {
        _window.Saw(entry.LoadMicros);
        if (!_window.ShouldRefresh(entry))
        {
            return false;
        }

        StartRefresh(key, entry, plan, gathered?.Gather());
        return true;
    }
}
