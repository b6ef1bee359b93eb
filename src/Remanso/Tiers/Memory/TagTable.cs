using System.Collections.Concurrent;
using Remanso.Entries;

namespace Remanso.Tiers.Memory;

// An expiry is a removal that leaves a stale copy; all that is said of removals here holds for both.
//
// Removals are numbered. An entry or lease remembers the number of the last removal before its birth; it is gone if one
// of its tags was removed under a higher number. Numbers and not times: a clock can't tell what comes before and after
// within one microsecond.
//
// Bounded. A removal is forgotten when no clean entry born before it can be served any more, by the latest end of all
// grace periods seen, or when there are more than most. What still lives and is older than a forgotten removal (a value
// that was dirty all the time, a lease that was prolonged) counts as removed: the floor. That costs a load, never a
// wrong answer.
//
// Order of memory. A removal is in the table before its number is published, and the floor is raised before a removal
// leaves the table; readers look in the other order each time. Removers share a lock, readers take none.

/// <summary>The removals and expiries by tag: what makes one take effect at once, whatever the number of entries that
/// carry the tag.</summary>
internal sealed class TagTable(int most = TagTable.Most)
{
    /// <summary>How many removals are remembered unless set: some 10 MB.</summary>
    internal const int Most = 1 << 16;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, Removal> _removals = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();
    private long _newest;
    private long _floor;
    private long _servedUntil;

    /// <summary>The number of the last removal.</summary>
    internal long Newest => Volatile.Read(ref _newest);

    /// <summary>Tags whose removal is remembered.</summary>
    internal int Count
    {
        get
        {
            lock (_gate)
            {
                return _order.Count;
            }
        }
    }

    /// <summary>Removes what carries one of the tags and was born before this call, or ends its freshness.</summary>
    /// <param name="tags">The tags.</param>
    /// <param name="keepsStale">Whether the copies stay as stale ones.</param>
    /// <param name="now">The clock.</param>
    /// <param name="leasesEnd">When the leases that are in force will have expired.</param>
    internal void Remove(IReadOnlyList<string> tags, bool keepsStale, long now, long leasesEnd)
    {
        lock (_gate)
        {
            var number = _newest + 1;
            var until = Math.Max(leasesEnd, Volatile.Read(ref _servedUntil));
            foreach (var tag in tags)
            {
                if (!_removals.TryGetValue(tag, out var before))
                {
                    _order.Enqueue(tag);
                }

                _removals[tag] = keepsStale
                    ? new Removal(before?.Number ?? 0, number, now, until)
                    : new Removal(number, before?.ExpiryNumber ?? 0, before?.ExpiredAt ?? 0, until);
            }

            Volatile.Write(ref _newest, number);

            // Two looks for each that came: the table shrinks although nobody sweeps.
            Forget(now, 2 * tags.Count);
        }
    }

    /// <summary>Forgets all removals whose time is over.</summary>
    internal void Sweep(long now)
    {
        lock (_gate)
        {
            Forget(now, _order.Count);
        }
    }

    /// <summary>Takes note of a clean entry that may be served until then.</summary>
    internal void Note(CacheEntry clean)
    {
        if (!clean.IsTagged)
        {
            return;
        }

        var seen = Volatile.Read(ref _servedUntil);
        while (seen < clean.StaleUntil)
        {
            var found = Interlocked.CompareExchange(ref _servedUntil, clean.StaleUntil, seen);
            if (found == seen)
            {
                return;
            }

            seen = found;
        }
    }

    /// <summary>Whether a clean entry was neither removed nor expired since its birth.</summary>
    internal bool IsUntouched(CacheEntry entry) => !entry.IsTagged || FateOf(entry, out _) == TagFate.None;

    /// <summary>Whether a clean entry was removed since its birth.</summary>
    internal bool IsRemoved(CacheEntry entry) => entry.IsTagged && FateOf(entry, out _) == TagFate.Removed;

    /// <summary>What became of a clean entry since its birth.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="expiredAt">When it was expired, where it was.</param>
    internal TagFate FateOf(CacheEntry entry, out long expiredAt)
    {
        expiredAt = 0;
        if (!entry.IsTagged)
        {
            return TagFate.None;
        }

        var tags = (StampedTags)entry.Tags!;
        var (stamp, newest) = (tags.Stamp, Newest);
        if (stamp == newest)
        {
            return TagFate.None;
        }

        var fate = FateSince(tags.Span, stamp, out expiredAt);
        if (fate == TagFate.None)
        {
            tags.Stamp = newest;
        }

        return fate;
    }

    /// <summary>Whether one of the tags was removed or expired after the removal of this number.</summary>
    internal bool IsTouchedSince(IReadOnlyList<string>? tags, long stamp) => FateSince(tags, stamp) != TagFate.None;

    /// <summary>Whether one of the tags was removed after the removal of this number.</summary>
    internal bool IsRemovedSince(IReadOnlyList<string>? tags, long stamp) => FateSince(tags, stamp) == TagFate.Removed;

    private TagFate FateSince(IReadOnlyList<string>? tags, long stamp) =>
        tags is { Count: > 0 } && stamp != Newest ? FateSince(tags as string[] ?? [.. tags], stamp, out _) : TagFate.None;

    private TagFate FateSince(ReadOnlySpan<string> tags, long stamp, out long expiredAt)
    {
        var fate = TagFate.None;
        expiredAt = long.MaxValue;
        foreach (var tag in tags)
        {
            if (!_removals.TryGetValue(tag, out var removal))
            {
                continue;
            }

            if (removal.Number > stamp)
            {
                return TagFate.Removed;
            }

            if (removal.ExpiryNumber > stamp)
            {
                (fate, expiredAt) = (TagFate.Expired, Math.Min(expiredAt, removal.ExpiredAt));
            }
        }

        return stamp < Volatile.Read(ref _floor) ? TagFate.Removed : fate;
    }

    private void Forget(long now, int looks)
    {
        for (; looks > 0 && _order.TryDequeue(out var tag); looks--)
        {
            var removal = _removals[tag];
            if (now < removal.Until && _order.Count < most)
            {
                _order.Enqueue(tag);
                continue;
            }

            Volatile.Write(ref _floor, Math.Max(_floor, Math.Max(removal.Number, removal.ExpiryNumber)));
            _removals.TryRemove(tag, out _);
        }
    }

    // A class, so that a reader gets all of one: the numbers tell what the time means.
    private sealed record Removal(long Number, long ExpiryNumber, long ExpiredAt, long Until);
}
