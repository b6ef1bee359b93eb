using System.Runtime.CompilerServices;
using Remanso.Entries;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.Near;

/// <summary>The near cache of one cache: decoded copies of what this process reads most, in front of the tier.</summary>
/// <remarks>
/// <para><b>States.</b></para>
/// <code>
///   open    --OnLost--------------------------------&gt; closed: empty, takes nothing, so every read asks the tier
///   closed  --OnRestored----------------------------&gt; open, empty
///   open    --OnCleared, OnMissed, tier out of reach-&gt; open, empty
///
///   with KeepWhenTierIsDown, the table that OnLost or OnDown replaces stays beside:
///   for keys whose tier can't be reached, until OnRestored or OnUp
///
///   a key:  absent --read, Offer--&gt; held --a newer copy--&gt; held
///           held   --changed, invalidated, settled, deadline over, evicted--&gt; absent
/// </code>
///
/// <para><b>Invariants.</b>
/// <list type="bullet">
/// <item>A copy's version is at or above every version announced for its key to this process, and it was read after the
/// key's last invalidation that was heard.</item>
/// <item>After a call that wrote, deleted or invalidated a key has returned, no read of this process that begins then
/// gets an older copy: the writer's own path says so here (<see cref="Change"/>), it does not wait for the tier's
/// signal.</item>
/// <item>While changes go unheard, and that is known, nothing is held; but what is kept on demand for keys whose tier
/// is out of reach, marked stale, until the tier is back.</item>
/// <item>A copy is served until its deadline at most: <see cref="NearOptions.MaxAge"/> after its read began, the end of
/// its freshness, the end of its data's lifetime, whichever comes first. A dirty entry has no TTL yet, but may get one
/// the moment after it was read; its copy therefore ends with the shortest TTL that it could get.</item>
/// </list></para>
///
/// <para><b>The race of a read with a change.</b> A read begins, the key is written elsewhere, the notice arrives and
/// finds nothing to drop, and only then does the read bring its old value. So a read takes a ticket first
/// (<see cref="Begin"/>): the marks of its key's stripe (<see cref="NearMarks"/>). Every notice moves them, whether a
/// copy is there or not, under the lock under which copies come in; and a copy comes in only if nothing speaks against
/// it. A notice that arrives after the copy drops it. Either way the copy is gone once the notice is heard. Emptying
/// takes another table (<see cref="NearTable{TKey,TValue}"/>), and a ticket is for one table: what is brought to an old
/// one is never seen. A removed tag moves a stamp that its copies compare when they are found (<see cref="NearTags"/>),
/// and refuses what is being read.</para>
///
/// <para><b>What is held.</b> Only what the tier itself said to this very caller: a hit, or its own fill. Not what was
/// read past the tier or is stale, and not what another caller's flight brought: that may have begun before this
/// caller's ticket. A known-absent key is held as its tombstone.</para>
///
/// <para><b>Readers</b> take no lock and allocate nothing. A hit costs the look-up, a look at the coarse clock, and a count.</para>
///
/// <para><b>Best effort.</b> Deadlines, by the coarse clock's tick of some milliseconds, and by the error of the
/// estimate of a remote tier's clock; the time for which the machine was suspended counts from the next miss on. A copy
/// may be refused though nothing happened to its own key: its stripe's other keys share the marks. Copies past their
/// deadline stay until they are replaced or evicted.</para>
/// </remarks>
internal sealed class NearCache<TKey, TValue> : INearCache
    where TKey : notnull
{
    private readonly NearKeys<TKey> _keys;
    private readonly IKeyCodec<TKey> _codec;
    private readonly CacheEvents _events;
    private readonly IValueCodec<TValue>? _decoder;
    private readonly NearOptions _options;
    private readonly ICacheTier _tier;
    private readonly TierClock _clock;
    private readonly CacheCounters _counters;
    private readonly TimeSpan _dirtyAge;
    private readonly TimeSpan _dirtyTombstoneAge;
    private readonly NearTags _tags = new();
    private readonly Lock _gate = new();
    private volatile NearTable<TKey, TValue> _table;

    // What was held when the tier went out of reach, and what was read past it since; null while it is in reach, or nothing is to be kept.
    private volatile NearTable<TKey, TValue>? _kept;

    // The partitions that were in reach again since: others may have written there, and nobody told.
    private readonly bool[] _hasReturned;

    public NearCache(
        ICacheTier tier,
        IKeyCodec<TKey> keys,
        IValueCodec<TValue> values,
        CacheOptions options,
        TimeProvider time,
        CacheCounters counters
    )
    {
        _keys = new NearKeys<TKey>(keys);
        _codec = keys;
        _events = counters.Events;
        _options = options.Near;
        _decoder = _options.Copies == NearCopies.Decoded ? values : null;
        _tier = tier;
        _hasReturned = new bool[tier.Partitions];
        _clock = new TierClock(time);
        _counters = counters;
        _dirtyAge = Shorter(options.Near.MaxAge, options.Ttl.Base * (1 - options.Ttl.Jitter));
        _dirtyTombstoneAge = Shorter(_dirtyAge, options.Ttl.Absent * (1 - options.Ttl.Jitter));
        _table = new NearTable<TKey, TValue>(_options, isOpen: true);
    }

    /// <summary>One for every write is what coherence costs on a remote tier.</summary>
    public bool HearsChanges => true;

    public int Entries => _table.Sum.Entries;

    public long Bytes => _table.Sum.Bytes;

    /// <summary>The copy of a key, if there is one that may be served, as one more read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public NearSlot<TKey, TValue>? Find(TKey key)
    {
        var code = _keys.CodeOf(key);
        var hash = NearKeys<TKey>.HashOf(key, code);
        var slot = _table.StripeOf(hash).Find(key, code, hash);
        if (slot is null || _clock.CoarseNow >= slot.Deadline || slot.Tags is { IsOver: true })
        {
            return null;
        }

        slot.Touch();
        (slot.IsFound ? _counters.NearReads : _counters.AbsentReads).Add();
        if (_events.Wants(CacheEventKinds.Hit | CacheEventKinds.Absent))
        {
            TellRead(slot, CacheEventKinds.Hit);
        }

        return slot;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TellRead(NearSlot<TKey, TValue> slot, CacheEventKinds found)
    {
        var kind = slot.IsFound ? found : CacheEventKinds.Absent;
        if (_events.Wants(kind))
        {
            _events.Read(kind, _codec.Encode(slot.Key), ReadSource.Near, slot.Entry.Version);
        }
    }

    private void TellEvicted(IReadOnlyList<NearSlot<TKey, TValue>> evicted)
    {
        foreach (var slot in evicted)
        {
            _events.Read(CacheEventKinds.Evicted, _codec.Encode(slot.Key), ReadSource.Near, slot.Entry.Version);
        }
    }

    /// <summary>Whether there may be copies for keys whose tier can't be reached.</summary>
    public bool HasKept => _kept is not null;

    /// <summary>The copy of a key whose tier can't be reached, if there is one that may be served: others may have
    /// written the key since.</summary>
    public bool TryReadKept(TKey key, string encoded, out ReadResult<TValue> result)
    {
        var near = _keys.Of(key);
        if (
            KeptOf(encoded)?.StripeOf(near.Hash).Find(near.Key, near.Code, near.Hash) is { } slot
            && _clock.CoarseNow < slot.Deadline
            && slot.Tags is not { IsOver: true }
        )
        {
            slot.Touch();
            (slot.IsFound ? _counters.KeptReads : _counters.AbsentReads).Add();
            TellRead(slot, CacheEventKinds.Stale);
            var read = Read(slot);
            result = new ReadResult<TValue>(read.Entry, read.Value, read.Source, read.Flags | ReadFlags.Stale);
            return true;
        }

        result = default;
        return false;
    }

    /// <summary>To be called before a key is read past the tier; null where nothing is kept.</summary>
    public NearTicket<TKey, TValue>? BeginKept(TKey key, string encoded)
    {
        var near = _keys.Of(key);
        return KeptOf(encoded) is { } kept ? new(kept, near, kept.StripeOf(near.Hash).Marks, _tags.Removals, _clock.Now) : null;
    }

    /// <summary>Keeps what was read past the tier, by the caller who led the load.</summary>
    public void OfferKept(in NearTicket<TKey, TValue>? ticket, string encoded, in ReadResult<TValue> read)
    {
        if (
            ticket is { } began
            && read is { Entry: { } entry, Source: ReadSource.Store }
            && (read.Flags & (ReadFlags.Joined | ReadFlags.Filled)) == 0
        )
        {
            Put(began, encoded, entry, read.Value);
        }
    }

    /// <summary>For how many microseconds a copy may still be served.</summary>
    public long TimeLeft(NearSlot<TKey, TValue> slot) => slot.Deadline - _clock.CoarseNow;

    /// <summary>What a reader gets of a copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadResult<TValue> Read(NearSlot<TKey, TValue> slot) =>
        new(slot.Entry, _decoder is null ? slot.Value : Decode(slot), ReadSource.Near, slot.IsFound ? ReadFlags.Found : ReadFlags.None);

    /// <summary>To be called before the tier is asked.</summary>
    public NearTicket<TKey, TValue> Begin(TKey key)
    {
        var table = _table;
        var near = _keys.Of(key);
        return new(table, near, table.StripeOf(near.Hash).Marks, _tags.Removals, _clock.Now);
    }

    /// <summary>Takes a copy of what a read brought, if it may be held.</summary>
    public void Offer(in NearTicket<TKey, TValue> ticket, string encoded, in ReadResult<TValue> read)
    {
        if (read.Entry is { } entry && ticket.Table.IsOpen && IsFromTier(read))
        {
            Put(ticket, encoded, entry, read.Value);
        }
    }

    private void Put(in NearTicket<TKey, TValue> ticket, string encoded, CacheEntry entry, TValue? value)
    {
        _clock.CatchUp();
        var now = _clock.Now;
        var deadline = Math.Min(TierClock.After(ticket.Began, AgeOf(entry)), LastsUntil(entry, now));
        if (deadline <= now || NearSlot<TKey, TValue>.WeightOf(encoded, entry) > _options.MaxBytes)
        {
            return;
        }

        NearTags.Seen? tags = null;
        if (entry.Tags is not null && (tags = _tags.See(entry.Tags, ticket.Removals)) is null)
        {
            return;
        }

        var evicted = _events.Wants(CacheEventKinds.Evicted) ? new List<NearSlot<TKey, TValue>>() : null;
        var copy = new NearSlot<TKey, TValue>(ticket.Key, encoded, entry, _decoder is null ? value : default, tags, deadline);
        _counters.NearEvicted.Add(ticket.Table.Put(copy, ticket, now, evicted));
        TellEvicted(evicted ?? []);
    }

    /// <summary>The key has this version now; 0 where that is not known, or where the tier has forgotten the key.</summary>
    public void Change(TKey key, long version) => Tell(_keys.Of(key), version);

    public void Clear()
    {
        lock (_gate)
        {
            _kept = _kept is null ? null : new NearTable<TKey, TValue>(_options, isOpen: true);
            _table = new NearTable<TKey, TValue>(_options, _table.IsOpen);
        }
    }

    public void OnDown()
    {
        lock (_gate)
        {
            Keep();
            _table = new NearTable<TKey, TValue>(_options, _table.IsOpen);
        }
    }

    public void OnUp(int partition, bool isLast)
    {
        lock (_gate)
        {
            Volatile.Write(ref _hasReturned[partition], true);
            _kept = isLast ? null : _kept;
        }
    }

    public void OnChanged(string key, long version)
    {
        if (_keys.TryFrom(key, out var near))
        {
            Tell(near, version);
        }
    }

    public void OnStored(string key, long version)
    {
        if (_keys.TryFrom(key, out var near))
        {
            _table.Settle(near, version);
        }
    }

    public void OnDeadLettered(string key, long version, string error) => OnStored(key, version);

    public void OnCleared() => Clear();

    public void OnTagRemoved(string tag) => _tags.Remove(tag);

    public void OnMissed() => Clear();

    public void OnLost()
    {
        lock (_gate)
        {
            Keep();
            _table = new NearTable<TKey, TValue>(_options, isOpen: false);
        }
    }

    public void OnRestored()
    {
        lock (_gate)
        {
            // What others wrote meanwhile went unheard.
            _kept = null;
            _table = new NearTable<TKey, TValue>(_options, isOpen: true);
        }
    }

    private void Tell(in NearKey<TKey> key, long version)
    {
        _table.Change(key, version);
        _kept?.Change(key, version);
    }

    // What is kept already is what was heard of for longer.
    private void Keep()
    {
        if (_kept is null && _options.KeepWhenTierIsDown)
        {
            Array.Clear(_hasReturned);
            _kept = _table;
        }
    }

    private NearTable<TKey, TValue>? KeptOf(string key) =>
        _kept is { } kept && !Volatile.Read(ref _hasReturned[Partition.Of(key, _hasReturned.Length)]) ? kept : null;

    [MethodImpl(MethodImplOptions.NoInlining)]
    private TValue? Decode(NearSlot<TKey, TValue> slot) => slot.IsFound ? _decoder!.Decode(slot.Entry.Value) : default;

    private static bool IsFromTier(in ReadResult<TValue> read) =>
        (read.Flags & (ReadFlags.Joined | ReadFlags.Stale)) == 0
        && (read.Source == ReadSource.Tier || (read.Flags & ReadFlags.Filled) != 0);

    private TimeSpan AgeOf(CacheEntry entry) =>
        !entry.IsDirty ? _options.MaxAge
        : entry.IsTombstone ? _dirtyTombstoneAge
        : _dirtyAge;

    /// <summary>The end of what the tier's clock says of an entry, on the near cache's own.</summary>
    private long LastsUntil(CacheEntry entry, long now)
    {
        var until = Math.Min(entry.FreshUntil, entry.ExpiresAt);
        return until == CacheEntry.Never ? until : until - _tier.Now + now;
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
