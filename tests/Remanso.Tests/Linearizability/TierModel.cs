using System.Globalization;
using System.Text;
using Remanso.Entries;
using Remanso.Tiers;

namespace Remanso.Tests.Linearizability;

// The design's rules once more, with a dictionary and lists, one call after the other:
//
// - a version is the key's last one plus one, or the clock; of a key that is gone the floor stands for its last one
// - a write voids the lease, makes the key dirty, and queues it unless it is queued; a condition and a merge need to see the key
// - a fill needs its lease, no removal of its tags since that was given, and no higher version
// - a take gives what is unsettled and what is queued, with the present value; nothing of that stays queued
// - a settlement makes clean what is dirty with this very version and not queued
// - an invalidation drops the clean copy, or that which a settlement would leave, and voids the lease
// - a clean entry is gone once one of its tags was removed after its birth

/// <summary>What a tier is said to do.</summary>
internal sealed class TierModel(long now)
{
    private readonly SortedDictionary<int, string> _outcomes = [];
    private readonly Dictionary<string, Slot> _slots = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _floors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (long Token, long Holder, long Since)> _leases = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Key, long Holder), long> _tokens = [];
    private readonly Dictionary<string, List<(long Version, int Take)>> _taken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _removals = new(StringComparer.Ordinal);
    private long _removed;
    private int _takes;
    private long _token;

    public void Do(TierOperation call) => _outcomes[call.Id] = Run(call);

    /// <inheritdoc cref="TierRun.Observe"/>
    public string Observe(IEnumerable<string> keys)
    {
        var seen = new StringBuilder();
        foreach (var (id, outcome) in _outcomes)
        {
            seen.AppendLine(CultureInfo.InvariantCulture, $"{id}: {outcome}");
        }

        foreach (var key in keys)
        {
            seen.AppendLine(CultureInfo.InvariantCulture, $"{key}: {Read(key)}");
        }

        var (dirty, dead) = (
            _slots.Values.Count(static slot => slot is { IsDirty: true, IsDead: false }),
            _slots.Values.Count(static slot => slot.IsDead)
        );
        return seen.AppendLine(CultureInfo.InvariantCulture, $"dirty {dirty}, dead {dead}").ToString();
    }

    private string Run(TierOperation call) =>
        call.Kind switch
        {
            TierCall.Read => Read(call.Key),
            TierCall.Write => Write(call, static (_, _) => true),
            TierCall.Remove => Put(call.Key, null, string.Empty, isTombstone: true),
            TierCall.WriteIfAbsent => Write(call, static (present, _) => !present),
            TierCall.WriteIfVersion => Write(call, (present, version) => present && version == now + (call.Number % 4)),
            TierCall.Add => Merged(call, there => there + 1 + call.Number, 1 + call.Number),
            TierCall.Max => Merged(call, there => Math.Max(there, call.Number), call.Number),
            TierCall.Lease => Seen(call.Key) is { } hit ? $"Hit {Text(hit)} no lease" : $"Miss - {Lease(call)}",
            TierCall.LeaseAnyway => _slots.GetValueOrDefault(call.Key) is { IsDirty: true } ? "no lease" : Lease(call),
            TierCall.Fill => Fill(call),
            TierCall.Release => Release(call),
            TierCall.Invalidate => Invalidate(call.Key),
            TierCall.RemoveTag => RemoveTag(call.SomeTag),
            TierCall.Take => Take(call.Key),
            TierCall.Settle => Settle(call),
            TierCall.Replay => Replay(call.Key),
            _ => DropDead(call.Key),
        };

    private Slot? Seen(string key) =>
        _slots.GetValueOrDefault(key) is { } slot && (slot.IsDirty || !IsRemoved(slot.Tag, slot.Born)) ? slot : null;

    private bool IsRemoved(string? tag, long since) => tag is not null && _removals.GetValueOrDefault(tag) > since;

    private string Read(string key) => Seen(key) is { } slot ? $"Hit {Text(slot)}" : "Miss -";

    private string Write(TierOperation call, Func<bool, long, bool> condition)
    {
        if (call.Kind != TierCall.Write)
        {
            if (Seen(call.Key) is not { } slot)
            {
                return "NotResident 0 0 False";
            }

            if (!condition(!slot.IsTombstone, slot.Version))
            {
                return $"ConditionFailed {(slot.IsTombstone ? "0" : Text(slot.Version))} 0 False";
            }
        }

        return Put(call.Key, call.Tag, call.Value, isTombstone: false);
    }

    private string Merged(TierOperation call, Func<long, long> merge, long alone)
    {
        if (Seen(call.Key) is not { } slot)
        {
            return "NotResident 0 0 False";
        }

        if (slot.IsTombstone)
        {
            return Put(call.Key, call.Tag, $"{alone}", isTombstone: false, alone);
        }

        if (!long.TryParse(slot.Value, CultureInfo.InvariantCulture, out var there))
        {
            return $"NotANumber {Text(slot.Version)} 0 False";
        }

        var merged = merge(there);
        return merged == there
            ? $"Accepted {Text(slot.Version)} {merged} True"
            : Put(call.Key, slot.Tag, $"{merged}", isTombstone: false, merged);
    }

    private string Put(string key, string? tag, string value, bool isTombstone, long number = 0)
    {
        var slot = _slots.GetValueOrDefault(key);
        var version = NextVersion(key);
        _slots[key] = new Slot(value, version)
        {
            IsDirty = true,
            IsTombstone = isTombstone,
            IsQueued = true,
            Taken = slot?.Taken ?? 0,
            Take = slot?.Take ?? 0,
            Tag = tag,
            Born = _removed,
        };
        _leases.Remove(key);
        return $"Accepted {Text(version)} {number} False";
    }

    private long NextVersion(string key) => Math.Max((_slots.GetValueOrDefault(key)?.Version ?? _floors.GetValueOrDefault(key)) + 1, now);

    private string Lease(TierOperation call)
    {
        if (!_leases.TryGetValue(call.Key, out var lease))
        {
            _leases[call.Key] = lease = (++_token, call.Holder, _removed);
        }

        if (lease.Holder != call.Holder)
        {
            return "no lease";
        }

        _tokens[(call.Key, call.Holder)] = lease.Token;
        return "lease";
    }

    private string Release(TierOperation call)
    {
        EndLease(call, out _);
        return "released";
    }

    private bool EndLease(TierOperation call, out long since)
    {
        since = 0;
        if (!_leases.TryGetValue(call.Key, out var lease) || lease.Token != _tokens.GetValueOrDefault((call.Key, call.Holder)))
        {
            return false;
        }

        since = lease.Since;
        return _leases.Remove(call.Key);
    }

    private string Fill(TierOperation call)
    {
        var current = Seen(call.Key);
        if (!EndLease(call, out var since) || IsRemoved(call.Tag, since))
        {
            return $"False {Text(current)}";
        }

        var version = call.Number % 5 == 0 ? NextVersion(call.Key) : now + (call.Number % 5);
        if (current is not null && current.Version > version)
        {
            return $"False {Text(current)}";
        }

        // A copy that was removed during the load still says that the row is newer.
        if (_slots.GetValueOrDefault(call.Key) is { IsDirty: false } removed && removed.Version > version && IsRemoved(removed.Tag, since))
        {
            return "False -";
        }

        var isTombstone = call.Number % 7 == 0;
        var filled = new Slot(isTombstone ? string.Empty : call.Value, version)
        {
            IsTombstone = isTombstone,
            Tag = call.Tag,
            Born = _removed,
        };
        _slots[call.Key] = filled;
        return $"True {Text(filled)}";
    }

    private string Invalidate(string key)
    {
        _leases.Remove(key);
        if (_slots.GetValueOrDefault(key) is { IsDirty: true } slot)
        {
            slot.IsVoid = true;
        }
        else
        {
            DropSlot(key);
        }

        return "done";
    }

    private string RemoveTag(string tag)
    {
        _removals[tag] = ++_removed;
        return "done";
    }

    private string Take(string key)
    {
        if (_slots.GetValueOrDefault(key) is not { } slot || (slot.Taken == 0 && !slot.IsQueued))
        {
            return string.Empty;
        }

        // What is taken again before it is settled is the same take.
        if (slot.Taken == 0)
        {
            slot.Take = ++_takes;
        }

        slot.IsQueued = false;
        slot.Taken = slot.Version;
        TakenOf(key).Add((slot.Version, slot.Take));
        return Text(slot);
    }

    private string Settle(TierOperation call)
    {
        var taken = TakenOf(call.Key);
        if (taken.Count == 0)
        {
            return "nothing";
        }

        var (saved, take) = taken[0];
        if (call.Number % 2 == 0)
        {
            taken.RemoveAt(0);
        }

        var slot = _slots.GetValueOrDefault(call.Key);
        if (call.Number % 4 == 3 && slot is { Taken: not 0 } && slot.Take != take)
        {
            // A refusal that comes late, of what was replayed meanwhile.
            return "StillDirty";
        }

        if (slot?.Taken == saved)
        {
            slot.Taken = 0;
        }

        if (slot is not { IsDirty: true, IsQueued: false } || slot.Version != saved)
        {
            return slot is { IsDirty: true } ? "StillDirty" : "Settled";
        }

        if (call.Number % 4 == 3)
        {
            slot.IsDead = true;
            return "Settled";
        }

        _slots[call.Key] =
            call.Number % 4 == 2
                ? new Slot("row", saved + 2)
                : new Slot(slot.Value, saved)
                {
                    IsTombstone = slot.IsTombstone,
                    Tag = slot.Tag,
                    Born = slot.Born,
                };
        (_slots[call.Key].Taken, _slots[call.Key].Take) = (slot.Taken, slot.Take);
        if (slot.IsVoid)
        {
            DropSlot(call.Key);
        }

        return "Settled";
    }

    private string Replay(string key)
    {
        if (_slots.GetValueOrDefault(key) is not { IsDead: true } slot)
        {
            return "0";
        }

        slot.IsDead = false;
        slot.IsQueued = true;
        return "1";
    }

    private string DropDead(string key)
    {
        if (_slots.GetValueOrDefault(key) is not { IsDead: true })
        {
            return "0";
        }

        DropSlot(key);
        return "1";
    }

    private void DropSlot(string key)
    {
        if (_slots.Remove(key, out var slot))
        {
            _floors[key] = Math.Max(_floors.GetValueOrDefault(key), slot.Version);
        }
    }

    private List<(long Version, int Take)> TakenOf(string key) => _taken.TryGetValue(key, out var taken) ? taken : _taken[key] = [];

    private string Text(Slot? slot) => slot is null ? "-" : $"{Text(slot.Version)}:{slot.Value}:{slot.State}";

    private string Text(long version) => version == 0 ? "0" : $"+{version - now}";

    private sealed record Slot(string Value, long Version)
    {
        public bool IsDirty { get; init; }

        public bool IsTombstone { get; init; }

        public bool IsDead { get; set; }

        public bool IsVoid { get; set; }

        public bool IsQueued { get; set; }

        public long Taken { get; set; }

        /// <summary>Which take it was taken by last.</summary>
        public int Take { get; set; }

        public string? Tag { get; init; }

        public long Born { get; init; }

        public EntryState State =>
            (IsDirty ? EntryState.Dirty : 0) | (IsTombstone ? EntryState.Tombstone : 0) | (IsDead ? EntryState.DeadLetter : 0);
    }
}
