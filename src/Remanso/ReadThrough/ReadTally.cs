using System.Runtime.CompilerServices;
using Remanso.Entries;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.ReadThrough;

/// <summary>Makes answers of what was found, counts them, and tells those who hear of reads.</summary>
internal sealed class ReadTally(ICacheTier tier, CacheCounters counters, RemansoMeter? meter)
{
    private readonly CacheEvents _events = counters.Events;
    private readonly ThreadCounter _tierReads = counters.TierReads;

    /// <summary>A value in the tier is the answer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void TierHit(string key, CacheEntry entry)
    {
        _tierReads.Add();
        if (_events.Wants(CacheEventKinds.Hit))
        {
            _events.Read(CacheEventKinds.Hit, key, ReadSource.Tier, entry.Version);
        }
    }

    /// <summary>What the tier has is the answer.</summary>
    public Answer Hit(string key, CacheEntry entry)
    {
        if (entry.IsTombstone)
        {
            return Absent(key, entry, ReadSource.Tier);
        }

        TierHit(key, entry);
        return new Answer(entry, ReadSource.Tier, ReadFlags.Found);
    }

    /// <summary>There is no value.</summary>
    public Answer Absent(string key, CacheEntry? entry, ReadSource source)
    {
        counters.AbsentReads.Add();
        if (_events.Wants(CacheEventKinds.Absent))
        {
            _events.Read(CacheEventKinds.Absent, key, source, entry?.Version ?? 0);
        }

        return new Answer(entry, source, ReadFlags.None);
    }

    /// <summary>A copy past its TTL is the answer.</summary>
    public Answer Stale(string key, CacheEntry entry, ReadFlags why) =>
        Count(key, new Answer(entry, ReadSource.Tier, ReadFlags.Stale | why));

    /// <summary>What a flight brought is the answer.</summary>
    public Answer CountFlight(string key, Answer answer, bool joined)
    {
        (joined ? counters.FlightsJoined : counters.FlightsLed).Add();
        return Count(key, joined ? answer with { Flags = answer.Flags | ReadFlags.Joined } : answer);
    }

    /// <summary>This is the answer, whatever it is.</summary>
    public Answer Count(string key, Answer answer)
    {
        var kind = CacheEventKinds.Absent;
        if (answer.Entry is null or { IsTombstone: true })
        {
            counters.AbsentReads.Add();
        }
        else if ((answer.Flags & ReadFlags.Stale) != 0)
        {
            counters.StaleReads.Add();
            meter?.Stale(tier.Cache, answer.Entry, tier.Now);
            kind = CacheEventKinds.Stale;
        }
        else
        {
            (answer.Source == ReadSource.Store ? counters.StoreReads : counters.TierReads).Add();
            kind = answer.Source == ReadSource.Store ? CacheEventKinds.Miss : CacheEventKinds.Hit;
        }

        if (_events.Wants(kind))
        {
            _events.Read(kind, key, answer.Source, answer.Entry?.Version ?? 0);
        }

        return Found(answer);
    }

    /// <summary>The answer, marked where it has a value.</summary>
    public static Answer Found(Answer answer) =>
        answer.Entry is null or { IsTombstone: true } ? answer : answer with { Flags = answer.Flags | ReadFlags.Found };
}
