using System.Collections.Frozen;
using Remanso.Common;
using Remanso.Stores;
using Remanso.Tiers;

namespace Remanso.WriteBehind;

// The lanes of a flusher share it. Whose error was about the row is a new case once the key is written again: the new
// value may mend it. A passing error is no matter of the value: it is remembered over the versions of a key, or one that
// is written all the time would fail its batch in every pass and never become a dead letter. So it is also kept until
// the tier has made it one: where the key was written meanwhile, it does not.
//
// How long such an error has lasted is the sum of the times between two tries in which others were stored, and not what a clock
// says: an outage in between, quiet hours and a worker that stands still say nothing of the entry. So the time between two tries
// counts as far as it is the back-off and the second try itself, which may wait for a lock.

/// <summary>
/// The entries that the store refused and that are no dead letters yet: how often, and from when on they are tried again.
/// </summary>
internal sealed class RefusedEntries(FlushOptions options, TimeProvider time)
{
    // A pass comes to it so late.
    private static readonly TimeSpan _leastBetweenTries = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Refusal> _byKey = new(StringComparer.Ordinal);
    private long _stored;
    private long _room = long.MaxValue;

    /// <summary>The keys of those in the partitions of some leases, with the version that may not be tried again yet:
    /// <see cref="long.MaxValue"/> for any, 0 for none.</summary>
    public IReadOnlyDictionary<string, long> KeysIn(IReadOnlyList<PartitionLease> leases, bool isByHand)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            return _byKey.Count == 0
                ? FrozenDictionary<string, long>.Empty
                : In(leases)
                    .ToDictionary(
                        static refusal => refusal.Key,
                        refusal =>
                            isByHand || refusal.Value.Due <= now ? 0
                            : refusal.Value.IsPassing ? long.MaxValue
                            : refusal.Value.Version,
                        StringComparer.Ordinal
                    );
        }
    }

    /// <summary>How long until one of them may be tried again, at most <paramref name="atMost"/>.</summary>
    public TimeSpan NextDue(TimeSpan atMost)
    {
        lock (_lock)
        {
            if (_byKey.Count == 0)
            {
                return atMost;
            }

            var left = time.GetElapsedTime(time.GetTimestamp(), _byKey.Values.Min(static refusal => refusal.Due));
            // Not at once: what a budget left over has to wait for it.
            return left > atMost ? atMost
                : left < options.FirstBackoff ? Least(options.FirstBackoff, atMost)
                : left;
        }
    }

    /// <summary>Divides what was taken: one batch that was never refused, if there is any, and what was refused and may
    /// be tried again.</summary>
    /// <param name="leases">The leases under which it was taken.</param>
    /// <param name="taken">What was taken.</param>
    /// <param name="heldBack">What was not taken because it may not be tried again yet.</param>
    /// <param name="isAll">Whether that is all there is: what is not among it is settled.</param>
    /// <param name="isByHand">Whether back-offs are passed over.</param>
    public (IReadOnlyList<TakenEntry[]> Fresh, TakenEntry[] Due) Divide(
        IReadOnlyList<PartitionLease> leases,
        IReadOnlyList<TakenEntry> taken,
        IReadOnlyCollection<string> heldBack,
        bool isAll,
        bool isByHand
    )
    {
        lock (_lock)
        {
            if (_byKey.Count == 0)
            {
                return (
                    taken.Count == 0
                        ? []
                        :
                        [
                            [.. taken],
                        ],
                    []
                );
            }

            var now = time.GetTimestamp();
            List<TakenEntry> fresh = [],
                due = [];
            HashSet<string>? seen = isAll ? new(heldBack, StringComparer.Ordinal) : null;
            foreach (var entry in taken)
            {
                seen?.Add(entry.Key);
                if (!_byKey.TryGetValue(entry.Key, out var refusal) || !refusal.IsOf(entry))
                {
                    _byKey.Remove(entry.Key);
                    fresh.Add(entry);
                }
                else if (isByHand || refusal.Due <= now)
                {
                    refusal.TriedAt = now;
                    due.Add(entry);
                }
            }

            if (seen is not null)
            {
                foreach (var (key, _) in In(leases).Where(refusal => !seen.Contains(refusal.Key)).ToArray())
                {
                    _byKey.Remove(key);
                }
            }

            return (
                fresh.Count == 0
                    ? []
                    :
                    [
                        [.. fresh],
                    ],
                [.. due.OrderBy(entry => _byKey[entry.Key].Tries)]
            );
        }
    }

    /// <summary>What the store said of one of the entries; null where it refused none of them.</summary>
    public string? Sample(TakenEntries taken)
    {
        lock (_lock)
        {
            return taken
                .Select(static entry => entry.Key)
                .Concat(taken.HeldBack)
                .Select(key => _byKey.GetValueOrDefault(key)?.Error)
                .FirstOrDefault(static error => error is not null);
        }
    }

    /// <summary>What the store said of one entry; null where it refused none of its key.</summary>
    public string? ErrorOf(string key)
    {
        lock (_lock)
        {
            return _byKey.GetValueOrDefault(key)?.Error;
        }
    }

    /// <summary>How many more entries may become dead letters; what is refused beyond that stays dirty.</summary>
    public void LimitDeadLetters(long room)
    {
        lock (_lock)
        {
            _room = room;
        }
    }

    /// <summary>Forgets those of partitions that are no longer this worker's: another one knows what becomes of them.</summary>
    /// <param name="isHeld">Whether a partition is.</param>
    public void KeepOnly(Func<int, bool> isHeld)
    {
        lock (_lock)
        {
            foreach (var (key, refusal) in _byKey)
            {
                if (!isHeld(refusal.Partition))
                {
                    _byKey.Remove(key);
                }
            }
        }
    }

    /// <summary>The store took these: what it refused of them before is over.</summary>
    public void NoteStored(IReadOnlyList<TakenEntry> entries)
    {
        lock (_lock)
        {
            _stored++;
            for (var i = 0; i < entries.Count && _byKey.Count > 0; i++)
            {
                _byKey.Remove(entries[i].Key);
            }
        }
    }

    /// <summary>Forgets a key, which the tier has made a dead letter.</summary>
    public void Forget(string key)
    {
        lock (_lock)
        {
            _byKey.Remove(key);
        }
    }

    /// <summary>Notes that an entry was refused alone; true where it becomes a dead letter.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="fault">What the error says.</param>
    /// <param name="error">The error.</param>
    /// <param name="alone">Whether the batch had no other entry.</param>
    /// <param name="othersStored">Whether others of the same batch were stored.</param>
    public bool IsDeadLetter(TakenEntry entry, StoreFault fault, string error, bool alone, bool othersStored)
    {
        lock (_lock)
        {
            var before = _byKey.GetValueOrDefault(entry.Key);
            var isKnown = before is not null && (fault == StoreFault.Passing ? before.IsOf(entry) : before.Version == VersionOf(entry));
            othersStored |= isKnown && before!.Stored != _stored;
            // Of passing errors those count that others did not have.
            var counts = fault != StoreFault.Passing || othersStored;
            var times = (isKnown ? before!.Times : 0) + (counts ? 1 : 0);
            var isDead = false;
            // Where nobody's entries are stored there is no end to it, and no beginning.
            var lasted = isKnown ? before!.Lasted + (counts && before.Times > 0 ? LastedSince(before) : TimeSpan.Zero) : TimeSpan.Zero;
            var hasLasted = lasted >= options.DeadLetterAfter;
            alone &= _byKey.Count == (isKnown ? 1 : 0);
            if (FlushPlanner.IsDeadLetter(fault, othersStored, alone, times, hasLasted) && _room > 0)
            {
                _room--;
                times--;
                isDead = true;
            }

            Put(entry, times, (isKnown ? before!.Tries : 0) + 1, lasted, fault == StoreFault.Passing, error);
            return isDead;
        }
    }

    /// <summary>Notes entries that were refused together with others, and not alone for now.</summary>
    public void NoteUntried(IEnumerable<TakenEntry> entries, string error)
    {
        lock (_lock)
        {
            foreach (var entry in entries)
            {
                if (_byKey.GetValueOrDefault(entry.Key)?.IsOf(entry) != true)
                {
                    Put(entry, times: 0, tries: 0, TimeSpan.Zero, isPassing: false, error);
                }
            }
        }
    }

    private TimeSpan LastedSince(Refusal before)
    {
        var now = time.GetTimestamp();
        var pause = 2 * Backoff.Delay(Math.Max(before.Tries, 1), options.FirstBackoff, options.MaxBackoff, uniform: 0);
        var most = (pause > _leastBetweenTries ? pause : _leastBetweenTries) + time.GetElapsedTime(before.TriedAt ?? now, now);
        return Least(time.GetElapsedTime(before.At, now), most);
    }

    private void Put(TakenEntry entry, int times, int tries, TimeSpan lasted, bool isPassing, string error)
    {
        var delay = Backoff.Delay(Math.Max(tries, 1), options.FirstBackoff, options.MaxBackoff, Chance.NextDouble());
        var now = time.GetTimestamp();
        _byKey[entry.Key] = new Refusal(VersionOf(entry), entry.Lease.Partition, times, tries, lasted, _stored, isPassing, error)
        {
            At = now,
            Due = now + (long)(delay.TotalSeconds * time.TimestampFrequency),
        };
    }

    private IEnumerable<KeyValuePair<string, Refusal>> In(IReadOnlyList<PartitionLease> leases)
    {
        var partitions = leases.Select(static lease => lease.Partition).ToHashSet();
        return _byKey.Where(refusal => partitions.Contains(refusal.Value.Partition));
    }

    // Where versions are kept, it is the oldest that all others wait for.
    private static long VersionOf(TakenEntry entry) => entry.Earlier.Count > 0 ? entry.Earlier[0].Version : entry.Entry.Version;

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;

    /// <param name="Version">The refused version.</param>
    /// <param name="Partition">Its partition.</param>
    /// <param name="Times">Refusals that count against it.</param>
    /// <param name="Tries">How often it was tried, which makes its back-off.</param>
    /// <param name="Lasted">For how long it has failed while others were stored.</param>
    /// <param name="Stored">What the store had taken then.</param>
    /// <param name="IsPassing">Whether the error was a passing one.</param>
    /// <param name="Error">What the store said.</param>
    private sealed record Refusal(
        long Version,
        int Partition,
        int Times,
        int Tries,
        TimeSpan Lasted,
        long Stored,
        bool IsPassing,
        string Error
    )
    {
        /// <summary>When it was refused.</summary>
        public required long At { get; init; }

        /// <summary>From when on it is tried again.</summary>
        public required long Due { get; init; }

        /// <summary>Since when it is tried again; null where it is not.</summary>
        public long? TriedAt { get; set; }

        /// <summary>Whether it says something about an entry of its key.</summary>
        public bool IsOf(TakenEntry entry) => IsPassing || Version == VersionOf(entry);
    }
}
