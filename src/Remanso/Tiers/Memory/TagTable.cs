using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Remanso.Entries;

namespace Remanso.Tiers.Memory;

/// <summary>The removals by tag: what makes one take effect at once, whatever the number of entries that carry the tag.</summary>
/// <remarks>
/// <para>Removals are numbered. An entry or lease remembers the number of the last removal before its birth; it is gone if one of its tags was removed
/// under a higher number. Numbers and not times: a clock can't tell what comes before and after within one microsecond.</para>
/// <para><b>Bounded.</b> A removal is forgotten when no clean entry born before it can be served any more, by the latest end of all grace periods seen, or when there
/// are more than <c>most</c>. What still lives and is older than a forgotten removal (a value that was dirty all the time, a lease that was prolonged) counts as removed: the
/// <b>floor</b>. That costs a load, never a wrong answer.</para>
/// <para><b>Order of memory.</b> A removal is in the table before its number is published, and the floor is raised before a removal leaves the table; readers look in
/// the other order each time. Removers share a lock, readers take none.</para>
/// </remarks>
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
            lock (_gate) return _order.Count;
        }
    }

    /// <summary>Removes what carries one of the tags and was born before this call.</summary>
    /// <param name="tags">The tags.</param>
    /// <param name="now">The clock.</param>
    /// <param name="leasesEnd">When the leases that are in force will have expired.</param>
    internal void Remove(IReadOnlyList<string> tags, long now, long leasesEnd)
    {
        lock (_gate)
        {
            var removal = new Removal(_newest + 1, Math.Max(leasesEnd, Volatile.Read(ref _servedUntil)));
            foreach (var tag in tags)
            {
                if (!_removals.ContainsKey(tag)) _order.Enqueue(tag);
                _removals[tag] = removal;
            }

            Volatile.Write(ref _newest, removal.Number);

            // Two looks for each that came: the table shrinks although nobody sweeps.
            Forget(now, 2 * tags.Count);
        }
    }

    /// <summary>Forgets all removals whose time is over.</summary>
    internal void Sweep(long now)
    {
        lock (_gate) Forget(now, _order.Count);
    }

    /// <summary>Takes note of a clean entry that may be served until then.</summary>
    internal void Note(CacheEntry clean)
    {
        if (!clean.IsTagged) return;

        var seen = Volatile.Read(ref _servedUntil);
        while (seen < clean.StaleUntil)
        {
            var found = Interlocked.CompareExchange(ref _servedUntil, clean.StaleUntil, seen);
            if (found == seen) return;

            seen = found;
        }
    }

    /// <summary>Whether a clean entry was removed since its birth.</summary>
    internal bool IsRemoved(CacheEntry entry)
    {
        if (!entry.IsTagged) return false;

        var tags = (StampedTags)entry.Tags!;
        var (stamp, newest) = (tags.Stamp, Newest);
        if (stamp == newest) return false;
        if (IsRemovedSince(tags.Span, stamp)) return true;

        tags.Stamp = newest;
        return false;
    }

    /// <summary>Whether one of the tags was removed after the removal of this number.</summary>
    internal bool IsRemovedSince(IReadOnlyList<string>? tags, long stamp) =>
        tags is { Count: > 0 } && stamp != Newest && IsRemovedSince(tags as string[] ?? [.. tags], stamp);

    private bool IsRemovedSince(ReadOnlySpan<string> tags, long stamp)
    {
        foreach (var tag in tags)
        {
            if (_removals.TryGetValue(tag, out var removal) && removal.Number > stamp) return true;
        }

        return stamp < Volatile.Read(ref _floor);
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

            Volatile.Write(ref _floor, Math.Max(_floor, removal.Number));
            _removals.TryRemove(tag, out _);
        }
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Removal(long Number, long Until);
}
