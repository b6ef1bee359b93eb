using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Remanso.Entries;
using Remanso.Stores;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.ReadThrough;

/// <summary>
/// Reads of one cache, in tier form: the tier, then one flight per key (<see cref="LeasedLoad"/>), or past a tier that is down.
/// </summary>
/// <remarks>
/// <para><b>Why a read looks into the tier before it joins a flight.</b> A write is visible once the tier holds it, and a dirty entry cannot leave the tier. A caller that finds the key
/// missing therefore knows that every write acknowledged before its look is in the store, and may share a load that ends after its look. Joining first would let it share a load that ended
/// before the write.</para>
/// </remarks>
internal sealed class CacheReader
{
    private readonly ICacheTier _tier;
    private readonly TierOutages _outages;
    private readonly ReadPastTier _pastTier;
    private readonly LoadBatcher? _batcher;
    private readonly CacheCounters _counters;
    private readonly LeasedLoad _load;
    private readonly SingleFlight<string, Answer> _flights = new();
    private readonly FlightEnds _ends = new();
    private readonly long _holder;
    private readonly bool _isLocal;

    public CacheReader(
        ICacheTier tier, TierOutages outages, LoadBatcher? batcher, CacheOptions options, Tagging tagging, TimeProvider time, CacheCounters counters, ILogger logger)
    {
        _tier = tier;
        _outages = outages;
        _pastTier = new ReadPastTier(batcher, options.Load, time);
        _batcher = batcher;
        _counters = counters;
        _holder = Random.Shared.NextInt64(1, 1L << 53);
        _load = new LeasedLoad(tier, outages, batcher, options, tagging, time, counters, logger, _ends, _holder);
        _isLocal = tier.IsLocal;
    }

    /// <summary>Answers the most frequent read, a fresh value in a local tier, with as little as can be.</summary>
    public bool TryRead(string key, [NotNullWhen(true)] out CacheEntry? entry)
    {
        if (!_tier.TryRead(key, out entry) || entry.IsTombstone)
        {
            return false;
        }

        _counters.TierReads.Add();
        return true;
    }

    /// <summary>Reads a key: from the tier, else by a load from the store.</summary>
    public ValueTask<Answer> ReadAsync(string key, CancellationToken cancellationToken) =>
        ReadSlowlyAsync(key, loader: null, cancellationToken);

    /// <summary>Reads a key: from the tier, else by the given loader.</summary>
    public ValueTask<Answer> ReadAsync(
        string key, Func<CancellationToken, ValueTask<LoadedValue>> loader, CancellationToken cancellationToken) =>
        ReadSlowlyAsync(key, loader, cancellationToken);

    /// <summary>Reads many keys; what the tier misses leaves as one load.</summary>
    public async ValueTask<IReadOnlyList<Answer>> ReadManyAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        foreach (var key in keys)
        {
            CacheKey.Validate(key);
        }

        var since = keys.Select(_ends.Of).ToArray();
        var reads = await LookAsync(keys, cancellationToken).ConfigureAwait(false);
        var answers = new Answer[keys.Count];
        var misses = new List<(int Index, Task<Answer> Load)>();
        using (_batcher?.Gather())
        {
            for (var i = 0; i < answers.Length; i++)
            {
                switch (reads[i])
                {
                    case { Outcome: TierReadOutcome.Hit, Entry: { } entry }:
                        answers[i] = Hit(entry);
                        break;
                    case { } read:
                        misses.Add((i, MissAsync(keys[i], read, since[i], loader: null, cancellationToken).AsTask()));
                        break;
                    default:
                        misses.Add((i, ReadPastTierAsync(keys[i], loader: null, cancellationToken).AsTask()));
                        break;
                }
            }
        }

        foreach (var (index, load) in misses)
        {
            answers[index] = await load.ConfigureAwait(false);
        }

        return answers;
    }

    /// <summary>Reads the tier alone.</summary>
    public async ValueTask<Answer> ReadTierAsync(string key, CancellationToken cancellationToken)
    {
        CacheKey.Validate(key);
        _outages.ThrowIfDown(key);
        var read = await _tier.ReadAsync(key, holder: 0, cancellationToken).ConfigureAwait(false);
        return read is { Outcome: TierReadOutcome.Hit, Entry: { } entry } ? Hit(entry) : Absent(null, ReadSource.Tier);
    }

    /// <summary>Says that the store has a newer row of a key than what was or is being read past the tier.</summary>
    public void ForgetPastTier(string key) => _pastTier.Forget(key);

    /// <summary>Brings a key into the tier if it is not there, so that a condition on it can be checked.</summary>
    public ValueTask EnsureResidentAsync(string key, CancellationToken cancellationToken) => _load.EnsureResidentAsync(key, cancellationToken);

    /// <summary>The rows of keys as the store has them now, through the bulkhead, at their index; null where there is none.</summary>
    public async ValueTask<IReadOnlyList<StoreRow<string, ReadOnlyMemory<byte>>?>> LoadRowsAsync(
        IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        Task<StoreRow<string, ReadOnlyMemory<byte>>?>[] loads;
        using (_batcher!.Gather())
        {
            loads = [.. keys.Select(key => _batcher.LoadAsync(key, cancellationToken).AsTask())];
        }

        return await Task.WhenAll(loads).ConfigureAwait(false);
    }

    /// <summary>Reads the store alone, through the bulkhead; nothing is cached.</summary>
    public async ValueTask<Answer> ReadStoreAsync(string key, CancellationToken cancellationToken)
    {
        CacheKey.Validate(key);
        var row = _batcher is null ? null : await _batcher.LoadAsync(key, cancellationToken).ConfigureAwait(false);
        return Count(new Answer(row is null ? null : _load.Uncached(LoadedValue.From(row)), ReadSource.Store, ReadFlags.None));
    }

    private async ValueTask<Answer> ReadSlowlyAsync(
        string key, Func<CancellationToken, ValueTask<LoadedValue>>? loader, CancellationToken cancellationToken)
    {
        CacheKey.Validate(key);
        var since = _ends.Of(key);
        var canLoad = loader is not null || _batcher is not null;
        if (canLoad && _outages.IsDown(key))
        {
            return await ReadPastTierAsync(key, loader, cancellationToken).ConfigureAwait(false);
        }

        TierRead read;
        try
        {
            _outages.ThrowIfDown(key);
            read = await _tier.ReadAsync(key, canLoad && !_isLocal ? _holder : 0, cancellationToken).ConfigureAwait(false);
        }
        catch (TierUnavailableException exception) when (canLoad)
        {
            _outages.ReadFailed(key, exception);
            return await ReadPastTierAsync(key, loader, cancellationToken).ConfigureAwait(false);
        }

        return read is { Outcome: TierReadOutcome.Hit, Entry: { } entry } ? Hit(entry)
            : !canLoad ? Absent(null, ReadSource.Tier)
            : await MissAsync(key, read, since, loader, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Looks into the tier for many keys; null stands for a key that can't be asked for now.</summary>
    private async ValueTask<TierRead?[]> LookAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        var reads = new TierRead?[keys.Count];
        int[] asked = [.. Enumerable.Range(0, reads.Length).Where(index => _batcher is null || !_outages.IsDown(keys[index]))];
        if (asked.Length == 0)
        {
            return reads;
        }

        try
        {
            var found = await _tier.ReadManyAsync(
                asked.Length == reads.Length ? keys : [.. asked.Select(index => keys[index])],
                _batcher is null || _isLocal ? 0 : _holder,
                cancellationToken).ConfigureAwait(false);
            for (var i = 0; i < asked.Length; i++)
            {
                reads[asked[i]] = found[i];
            }
        }
        catch (TierUnavailableException exception) when (_batcher is not null)
        {
            _outages.ReadFailed(keys[asked[0]], exception);
        }

        return reads;
    }

    private async ValueTask<Answer> MissAsync(
        string key, TierRead read, long since, Func<CancellationToken, ValueTask<LoadedValue>>? loader, CancellationToken cancellationToken)
    {
        if (loader is null && _batcher is null)
        {
            return Absent(null, ReadSource.Tier);
        }

        try
        {
            var result = await _flights.RunAsync(
                key,
                (Reader: this, Read: read, Since: since, Loader: loader),
                static (key, state, token) => state.Reader._load.LeadAsync(key, state.Read, state.Since, state.Loader, token),
                cancellationToken).ConfigureAwait(false);
            return CountFlight(result.Value, result.Joined);
        }
        catch (TierUnavailableException exception)
        {
            _outages.ReadFailed(key, exception);
            return await ReadPastTierAsync(key, loader, cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<Answer> ReadPastTierAsync(
        string key, Func<CancellationToken, ValueTask<LoadedValue>>? loader, CancellationToken cancellationToken)
    {
        var result = await _pastTier.LoadAsync(key, loader, cancellationToken).ConfigureAwait(false);
        return CountFlight(new Answer(_load.Uncached(result.Value), ReadSource.Store, ReadFlags.None), result.Joined);
    }

    private Answer CountFlight(Answer answer, bool joined)
    {
        (joined ? _counters.FlightsJoined : _counters.FlightsLed).Add();
        return Count(joined ? answer with { Flags = answer.Flags | ReadFlags.Joined } : answer);
    }

    private Answer Hit(CacheEntry entry)
    {
        if (entry.IsTombstone)
        {
            return Absent(entry, ReadSource.Tier);
        }

        _counters.TierReads.Add();
        return new Answer(entry, ReadSource.Tier, ReadFlags.Found);
    }

    private Answer Absent(CacheEntry? entry, ReadSource source)
    {
        _counters.AbsentReads.Add();
        return new Answer(entry, source, ReadFlags.None);
    }

    private Answer Count(Answer answer)
    {
        if (answer.Entry is null or { IsTombstone: true })
        {
            _counters.AbsentReads.Add();
            return answer;
        }

        ((answer.Flags & ReadFlags.Stale) != 0 ? _counters.StaleReads
            : answer.Source == ReadSource.Store ? _counters.StoreReads : _counters.TierReads).Add();
        return answer with { Flags = answer.Flags | ReadFlags.Found };
    }
}
