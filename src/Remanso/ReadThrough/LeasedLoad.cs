using Microsoft.Extensions.Logging;
using Remanso.Entries;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.ReadThrough;

/// <summary>One key's load under its fill lease: what a flight's leader does.</summary>
/// <remarks>
/// <para><b>Why the flight's leader looks again.</b> Between a caller's look and its lead, another flight may have filled the key and ended. The look is free in a local tier; for a remote one it is
/// skipped where no flight of the key's stripe ended since the caller's own look (<see cref="FlightEnds"/>), so that a miss costs one round trip.</para>
/// <para><b>The lease.</b> Only its token may fill, and every write, delete or invalidation voids it. A voided fill gives back what the tier holds now; where that is nothing (written, flushed and
/// evicted meanwhile) the load is old and is done again. After <see cref="MaxVoidedFills"/> rounds (only a storm of invalidations gets there) the last value is returned and not cached.</para>
/// </remarks>
internal sealed class LeasedLoad(
    ICacheTier tier,
    TierOutages outages,
    LoadBatcher? batcher,
    CacheOptions options,
    Tagging tagging,
    TimeProvider time,
    CacheCounters counters,
    ILogger logger,
    FlightEnds ends,
    long holder)
{
    private const int MaxVoidedFills = 8;

    private static readonly TimeSpan _fillPoll = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// Brings a key into the tier if it is not there, so that a condition on it can be checked. Absence is kept for a moment even where the cache does not keep it.
    /// </summary>
    public async ValueTask EnsureResidentAsync(string key, CancellationToken cancellationToken)
    {
        for (var round = 0; round < MaxVoidedFills; round++)
        {
            var read = await tier.ReadAsync(key, holder, cancellationToken).ConfigureAwait(false);
            if (read.Outcome == TierReadOutcome.Hit)
            {
                return;
            }

            if (read.Lease == 0)
            {
                await tier.WaitForFillAsync(key, _fillPoll, cancellationToken).ConfigureAwait(false);
                continue;
            }

            var row = batcher is null ? null : await batcher.LoadAsync(key, cancellationToken).ConfigureAwait(false);
            var value = Tagged(key, LoadedValue.From(row));
            var fill = Fill(key, read.Lease, value, TimeSpan.Zero, atLeast: TimeSpan.FromSeconds(5));
            await tier.FillAsync([fill], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The work of a flight: until the tier has the key, or the load is done and filled.</summary>
    /// <param name="key">The key.</param>
    /// <param name="read">What the caller's look found.</param>
    /// <param name="since">The mark of <see cref="FlightEnds"/> before that look.</param>
    /// <param name="loader">The caller's own loader; the store where null.</param>
    /// <param name="cancellationToken">Cancelled when the last caller has left.</param>
    public async ValueTask<Answer> LeadAsync(
        string key, TierRead read, long since, Func<CancellationToken, ValueTask<LoadedValue>>? loader, CancellationToken cancellationToken)
    {
        try
        {
            var known = read.Lease != 0 && ends.Of(key) == since;
            for (var round = 1; ; round++)
            {
                if (!known)
                {
                    read = await LeaseAsync(key, cancellationToken).ConfigureAwait(false);
                    if (read is { Outcome: TierReadOutcome.Hit, Entry: { } entry })
                    {
                        return new Answer(entry, ReadSource.Tier, ReadFlags.None);
                    }
                }

                if (await LoadAsync(key, read, loader, last: round == MaxVoidedFills, cancellationToken).ConfigureAwait(false) is { } answer)
                {
                    return answer;
                }

                known = false;
            }
        }
        finally
        {
            ends.Mark(key);
        }
    }

    private async ValueTask<TierRead> LeaseAsync(string key, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await tier.ReadAsync(key, holder, cancellationToken).ConfigureAwait(false);
            if (read.Outcome == TierReadOutcome.Hit || read.Lease != 0)
            {
                return read;
            }

            counters.LeaseWaits.Add();
            await tier.WaitForFillAsync(key, _fillPoll, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>One load and its fill; null where the fill was voided and nothing is there.</summary>
    private async ValueTask<Answer?> LoadAsync(
        string key, TierRead read, Func<CancellationToken, ValueTask<LoadedValue>>? loader, bool last, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        LoadedValue value;
        try
        {
            var load = loader is null ? FromStoreAsync(key, cancellationToken) : loader(cancellationToken);
            // Without the limit, a load that never returns would hold its key, and all who wait for it, for ever.
            value = load.IsCompletedSuccessfully
                ? load.Result
                : await load.AsTask().WaitAsync(options.Load.Timeout, time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            await ReleaseAsync(key, read.Lease).ConfigureAwait(false);
            if (read is { Outcome: TierReadOutcome.Stale, Entry: { } stale } && exception is not OperationCanceledException and not RecursiveLoadException)
            {
                logger.ServedStale(tier.Cache, key, exception.Message);
                return new Answer(stale, ReadSource.Tier, ReadFlags.Stale);
            }

            throw;
        }

        if (read.Outcome == TierReadOutcome.Stale && value.Version == 0)
        {
            // The row was there and is gone, behind the cache's back: its absence is newer than the stale copy.
            value = value with { Version = FillRequest.IssueVersion };
        }

        var fill = Fill(key, read.Lease, value, time.GetElapsedTime(start), atLeast: TimeSpan.Zero);
        FillResult filled;
        try
        {
            filled = (await tier.FillAsync([fill], cancellationToken).ConfigureAwait(false))[0];
        }
        catch (TierUnavailableException exception)
        {
            // The value is good; only others will have to load it again.
            outages.ReadFailed(key, exception);
            return new Answer(Uncached(value), ReadSource.Store, ReadFlags.None);
        }

        return filled switch
        {
            { Filled: true } => new Answer(filled.Current, ReadSource.Store, ReadFlags.Filled),
            { Current: { } current } => new Answer(current, ReadSource.Store, ReadFlags.None),
            _ when last => new Answer(Uncached(value), ReadSource.Store, ReadFlags.None),
            _ => null,
        };
    }

    private async ValueTask<LoadedValue> FromStoreAsync(string key, CancellationToken cancellationToken) =>
        Tagged(key, LoadedValue.From(await batcher!.LoadAsync(key, cancellationToken).ConfigureAwait(false)));

    private LoadedValue Tagged(string key, in LoadedValue value) => value with { Tags = tagging.Of(key, value.Value, value.Tombstone) };

    private async ValueTask ReleaseAsync(string key, long lease)
    {
        try
        {
            await tier.ReleaseLeaseAsync(key, lease, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TierUnavailableException)
        {
            // The lease expires by itself; the load's own error is the one to tell.
        }
    }

    private FillRequest Fill(string key, long lease, in LoadedValue value, TimeSpan loadTime, TimeSpan atLeast)
    {
        var ttl = TtlJitter.Apply(value.Tombstone ? options.Ttl.Absent : options.Ttl.Base, options.Ttl.Jitter, Random.Shared.NextDouble());
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
            Grace = value.Tombstone ? TimeSpan.Zero : options.Ttl.Grace,
            LoadMicros = loadTime.Ticks / TimeSpan.TicksPerMicrosecond,
        };
    }

    /// <summary>A loaded value that the tier does not hold, as an entry.</summary>
    public CacheEntry Uncached(in LoadedValue value) => new()
    {
        Value = value.Value,
        ContentType = value.ContentType,
        Tags = value.Tags,
        Version = Math.Max(value.Version, 0),
        State = value.Tombstone || value.ExpiresAt <= tier.Now ? EntryState.Tombstone : EntryState.None,
        ExpiresAt = value.ExpiresAt,
        CachedAt = tier.Now,
    };
}
