using Remanso.Common;
using Remanso.Entries;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.ReadThrough;

// Why the flight's leader looks again. Between a caller's look and its lead, another flight may have filled the key and
// ended. The look is free in a local tier; for a remote one it is skipped where no flight of the key's stripe ended
// since the caller's own look (FlightMarks), so that a miss costs one round trip.
//
// The lease. Only its token may fill, and every write, delete or invalidation voids it. A voided fill gives back what
// the tier holds now; where that is nothing (written, flushed and evicted meanwhile) the load is old and is done again.
// After MaxVoidedFills rounds (only a storm of invalidations gets there) the last value is returned and not cached.
//
// The mark. An answer bears the mark of when the tier vouched for it: by the fill, by what it held, or, of what is not to be
// cached, by a lease that nothing had voided when it was given back. Where the tier did not (no lease, no answer, voided
// fills), the mark is that of the load's beginning. Who began later must not take the answer, though the flight is still in the
// air: a write that returned before he asked may be missing in it.

/// <summary>One key's load under its fill lease: what a flight's leader does.</summary>
internal sealed class LeasedLoad(
    CacheParts parts,
    LoadBatcher? batcher,
    TimedLoad loads,
    LoadBackoffs backoffs,
    RefreshWindow window,
    FlightMarks marks,
    FillLeaseKeeper leases
)
{
    private const int MaxVoidedFills = 8;

    private static readonly TimeSpan _longEnough = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _settlePause = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan _fillPoll = TimeSpan.FromMilliseconds(100);

    private readonly ICacheTier _tier = parts.Tier;
    private readonly TierOutages _outages = parts.Outages;
    private readonly CacheOptions _options = parts.Options;
    private readonly Tagging _tagging = parts.Tagging;
    private readonly TimeProvider _time = parts.Time;
    private readonly CacheCounters _counters = parts.Counters;

    /// <summary>Brings a key into the tier if it is not there, so that a condition on it can be checked. Absence is
    /// kept for a moment even where the cache does not keep it.</summary>
    /// <param name="key">The key.</param>
    /// <param name="anew">Whether a clean hit is loaded again as well. The tier compares by its exact clock, and
    /// readers by a coarse or estimated one: about its expiry a copy is a hit for these, and none for the write.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async ValueTask EnsureResidentAsync(string key, bool anew, CancellationToken cancellationToken)
    {
        long? waitsSince = null;
        var round = 0;
        while (round < MaxVoidedFills)
        {
            var read = await _tier.ReadAsync(key, leases.Holder, cancellationToken).ConfigureAwait(false);
            if (read.Outcome == TierReadOutcome.Hit)
            {
                if (!anew || round > 0 || waitsSince is not null || read.Entry!.IsDirty)
                {
                    return;
                }

                read = read with { Lease = await _tier.TryLeaseAsync(key, leases.Holder, cancellationToken).ConfigureAwait(false) };
            }

            if (read.Lease == 0)
            {
                if (_time.GetElapsedTime(waitsSince ??= _time.GetTimestamp()) >= _options.Load.Timeout)
                {
                    throw new LoadAwaitedException(
                        $"Another load of the key, which the write waits for, did not end within Load:Timeout ({_options.Load.Timeout})."
                    );
                }

                await _tier.WaitForFillAsync(key, _fillPoll, cancellationToken).ConfigureAwait(false);
                continue;
            }

            round++;
            ThrowIfNoLeases(read.Lease);
            var filled = await FillRowAsync(key, read, cancellationToken).ConfigureAwait(false);
            if (read.Entry is { HasReturned: true } && filled is { Filled: false, Current.IsDirty: false })
            {
                // Its row is newer, and the flush that finds it so has been asked for.
                await Task.Delay(_settlePause * round, _time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Loads and fills the row that a write waits for. A failure is told to the key's back-off, as a read's is.</summary>
    private async ValueTask<FillResult> FillRowAsync(string key, TierRead read, CancellationToken cancellationToken)
    {
        using var held = leases.Hold(key, read.Lease);
        var start = _time.GetTimestamp();
        LoadedValue value;
        try
        {
            var row = batcher is null ? null : await batcher.LoadAsync(key, cancellationToken).ConfigureAwait(false);
            value = Tagged(key, LoadedValue.From(row), asked: null).After(read.Entry);
        }
        catch (Exception exception)
        {
            await FailedAsync(key, held, exception, cancellationToken).ConfigureAwait(false);
            throw;
        }

        backoffs.Succeeded(key);
        return await FillAsync(Fill(key, read.Lease, value, _time.GetElapsedTime(start), atLeast: _longEnough), held, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Refuses what waits for a fill where there can be none.</summary>
    /// <exception cref="TierUnavailableException">The tier takes no writes now.</exception>
    public static void ThrowIfNoLeases(long lease)
    {
        if (lease == TierRead.NoLeases)
        {
            const string Refusal = "The tier takes no writes now.";
            throw new TierUnavailableException(Refusal, mayHaveHappened: false) { Reason = Refusal, RefusesWrites = true };
        }
    }

    /// <summary>The work of a flight: until the tier has the key, or the load is done and filled.</summary>
    /// <param name="key">The key.</param>
    /// <param name="read">What the caller's look found.</param>
    /// <param name="since">The moment before that look.</param>
    /// <param name="plan">What the caller who leads wants.</param>
    /// <param name="cancellationToken">Cancelled when the last caller has left.</param>
    public async ValueTask<Answer> LeadAsync(
        string key,
        TierRead read,
        FlightMarks.Moment? since,
        ReadPlan plan,
        CancellationToken cancellationToken
    )
    {
        try
        {
            if (!plan.Fills)
            {
                return (
                    await LoadAsync(key, read with { Lease = 0 }, plan, last: true, cancellationToken).ConfigureAwait(false)
                ).GetValueOrDefault();
            }

            var known = read.Lease != 0 && since is { } moment && marks.NoneEnded(key, moment);
            for (var round = 1; ; round++)
            {
                if (!known)
                {
                    (read, var decided) = await LeaseAsync(key, cancellationToken).ConfigureAwait(false);
                    if (read is { Outcome: TierReadOutcome.Hit, Entry: { } entry })
                    {
                        return new Answer(entry, ReadSource.Tier, ReadFlags.None, decided);
                    }
                }

                if (await LoadAsync(key, read, plan, last: round == MaxVoidedFills, cancellationToken).ConfigureAwait(false) is { } answer)
                {
                    return answer with { Lease = read.Lease };
                }

                known = false;
            }
        }
        finally
        {
            marks.End(key);
        }
    }

    private async ValueTask<(TierRead Read, long Decided)> LeaseAsync(string key, CancellationToken cancellationToken)
    {
        for (var hasWaited = false; ; hasWaited = true)
        {
            var decided = marks.Decide(key);
            var read = await _tier.ReadAsync(key, leases.Holder, cancellationToken).ConfigureAwait(false);
            if (read.Outcome == TierReadOutcome.Hit || read.Lease != 0)
            {
                return (read, decided);
            }

            if (!hasWaited)
            {
                _counters.LeaseWaits.Add();
            }

            await _tier.WaitForFillAsync(key, _fillPoll, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The work of a flight that loads a key although the tier may have it: an early refresh, or a caller that
    /// wants no copy.</summary>
    /// <param name="key">The key.</param>
    /// <param name="seen">The version that is to be loaded again; null where any is.</param>
    /// <param name="plan">What the caller who leads wants.</param>
    /// <param name="cancellationToken">Cancelled when the last caller has left.</param>
    public async ValueTask<Answer> RefreshAsync(string key, CacheEntry? seen, ReadPlan plan, CancellationToken cancellationToken)
    {
        var lease = plan.Fills ? await _tier.TryLeaseAsync(key, leases.Holder, cancellationToken).ConfigureAwait(false) : 0;
        // What the loader gets as the previous value must be the one that the lease guards: between the caller's look
        // and the lease, the key may have been written, flushed and evicted.
        var decided = marks.Decide(key);
        TierRead read;
        try
        {
            read = await _tier.ReadAsync(key, holder: 0, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not TierUnavailableException)
        {
            await ReleaseAsync(key, lease).ConfigureAwait(false);
            throw;
        }

        if (
            read is { Outcome: TierReadOutcome.Hit, Entry: { } entry }
            && (entry.IsDirty || (seen is not null && (lease == 0 || entry.Version != seen.Version || entry.FreshUntil != seen.FreshUntil)))
        )
        {
            await ReleaseAsync(key, lease).ConfigureAwait(false);
            return new Answer(entry, ReadSource.Tier, ReadFlags.None, decided, lease);
        }

        if (lease == 0 && plan.IsForWrite)
        {
            // What another one loads is what this write waits for, also where the copy is still a hit for readers.
            await _tier.WaitForFillAsync(key, _fillPoll, cancellationToken).ConfigureAwait(false);
            read = default;
        }

        if (lease == 0 && (plan.IsForWrite || seen is not null || read.Entry is { HasReturned: true }))
        {
            return await LeadAsync(key, read, since: null, plan, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            if (
                await LoadAsync(key, read with { Lease = lease }, plan, last: lease == 0, cancellationToken).ConfigureAwait(false) is
                { } answer
            )
            {
                return answer with { Lease = lease };
            }
        }
        finally
        {
            marks.End(key);
        }

        return await LeadAsync(key, default, since: null, plan, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>One load and its fill; null where the fill was voided and nothing is there.</summary>
    private async ValueTask<Answer?> LoadAsync(string key, TierRead read, ReadPlan plan, bool last, CancellationToken cancellationToken)
    {
        using var held = leases.Hold(key, read.Lease);
        var began = marks.Decide(key);
        var start = _time.GetTimestamp();
        LoadedValue value;
        try
        {
            value = await loads.RunAsync(key, plan, read.Entry, cancellationToken).ConfigureAwait(false);
            if (plan.Loader is null)
            {
                value = Tagged(key, value, plan.Options);
            }
        }
        catch (Exception exception)
        {
            await FailedAsync(key, held, exception, cancellationToken).ConfigureAwait(false);
            throw;
        }

        backoffs.Succeeded(key);
        if (read.Lease is 0 or TierRead.NoLeases)
        {
            return Unfilled(value, read.Entry, began);
        }

        if (value.IsPrivate && !plan.IsForWrite)
        {
            var released = marks.Decide(key);
            held?.Dispose();
            var isCurrent = await ReleaseAsync(key, read.Lease).ConfigureAwait(false);
            return Unfilled(value, read.Entry, isCurrent ? released : began);
        }

        value = (plan.IsForWrite ? value.ForWrite() : value).After(read.Entry);
        var atLeast = plan.IsForWrite ? _longEnough : TimeSpan.Zero;
        var fill = Fill(key, read.Lease, value, _time.GetElapsedTime(start), atLeast);
        var decided = marks.Decide(key);
        FillResult filled;
        try
        {
            filled = await FillAsync(fill, held, cancellationToken).ConfigureAwait(false);
        }
        catch (TierUnavailableException exception)
        {
            // Nobody said whether a write has voided the fill.
            _outages.ReadFailed(key, exception);
            return Unfilled(value, read.Entry, began);
        }

        return filled switch
        {
            { Filled: true } => new Answer(filled.Current, ReadSource.Store, ReadFlags.Filled, decided),
            { Current: { } current } => new Answer(current, ReadSource.Store, ReadFlags.None, decided),
            _ when last => Unfilled(value, read.Entry, began),
            _ => null,
        };
    }

    /// <summary>Fills. What a caller gave up gives its lease back; where the tier is away, that expires by itself.</summary>
    private async ValueTask<FillResult> FillAsync(FillRequest fill, FillLeaseKeeper.Held? held, CancellationToken cancellationToken)
    {
        try
        {
            return (await _tier.FillAsync([fill], cancellationToken).ConfigureAwait(false))[0];
        }
        catch (Exception exception) when (exception is not TierUnavailableException)
        {
            held?.Dispose();
            await ReleaseAsync(fill.Key, fill.Lease).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A load failed, or its caller gave up: others may load now.</summary>
    private async ValueTask FailedAsync(string key, FillLeaseKeeper.Held? held, Exception exception, CancellationToken cancellationToken)
    {
        if (LoadBackoffs.IsFailure(exception, cancellationToken))
        {
            backoffs.Failed(key, exception);
        }

        if (held is not null)
        {
            held.Dispose();
            await ReleaseAsync(key, held.Lease).ConfigureAwait(false);
        }
    }

    /// <summary>What was loaded and not filled; or a dirty entry that has returned, and is newer than that.</summary>
    private Answer Unfilled(in LoadedValue value, CacheEntry? found, long decided) =>
        found is { HasReturned: true } && found.Version >= value.Version
            ? new Answer(found, ReadSource.Tier, ReadFlags.None, decided)
            : new Answer(Uncached(value), ReadSource.Store, ReadFlags.None, decided);

    private LoadedValue Tagged(string key, in LoadedValue value, ReadOptions? asked)
    {
        var given = value with { Ttl = asked?.Ttl, Grace = asked?.Grace };
        return asked?.Tags is { } tags && !value.Tombstone ? given with { Tags = _tagging.Check(tags) } : given.TaggedBy(_tagging, key);
    }

    /// <summary>Gives a lease back, if there is one and no other load of this process fills under it.</summary>
    /// <returns>Whether it was given back, and nothing came since it was given that would have voided a fill.</returns>
    public async ValueTask<bool> ReleaseAsync(string key, long lease)
    {
        if (lease <= 0 || leases.Holds(key, lease))
        {
            return false;
        }

        try
        {
            return await _tier.ReleaseLeaseAsync(key, lease, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TierUnavailableException)
        {
            // The lease expires by itself; the load's own error is the one to tell.
            return false;
        }
    }

    private FillRequest Fill(string key, long lease, in LoadedValue value, TimeSpan loadTime, TimeSpan atLeast)
    {
        window.Saw(loadTime.Ticks / TimeSpan.TicksPerMicrosecond);
        var ttl = TtlJitter.Apply(
            value.Ttl ?? (value.Tombstone ? _options.Ttl.Absent : _options.Ttl.Base),
            _options.Ttl.Jitter,
            Chance.NextDouble()
        );
        return new FillRequest
        {
            Key = key,
            Lease = lease,
            Value = value.Value,
            ContentType = value.ContentType,
            Tags = value.Tags,
            Version = value.Version,
            Tombstone = value.Tombstone,
            ExpiresAt = value.ExpiresAt,
            Ttl = ttl > atLeast ? ttl : atLeast,
            Grace = value.Tombstone ? TimeSpan.Zero : value.Grace ?? _options.Ttl.Grace,
            LoadMicros = loadTime.Ticks / TimeSpan.TicksPerMicrosecond,
        };
    }

    /// <summary>A loaded value that the tier does not hold, as an entry.</summary>
    public CacheEntry Uncached(in LoadedValue value) =>
        new()
        {
            Value = value.Value,
            ContentType = value.ContentType,
            Tags = value.Tags,
            Version = Math.Max(value.Version, 0),
            State = value.Tombstone || value.ExpiresAt <= _tier.Now ? EntryState.Tombstone : EntryState.None,
            ExpiresAt = value.ExpiresAt,
            CachedAt = _tier.Now,
        };
}
