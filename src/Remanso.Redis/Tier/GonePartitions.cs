using System.Runtime.InteropServices;

namespace Remanso.Redis.Tier;

// FLUSHALL, keys that are deleted by their prefix and a server that comes back empty take a partition's own counts with what
// they count: nothing that is left in Redis tells of it. So what was dirty there is remembered here, by two ways:
//
// - A partition without terms has nothing. What was last known of it, by writes too, is gone.
// - Another process may state it anew before anybody here looks. Then its birth is another than that of the last look, and
//   what that one found is gone. Of the writes since, nobody can say to which of the two they belong.
//
// Only what was heard a moment ago counts: of what is older, others may have stored all. What a server that is away had then
// does not grow old, however long that takes: from the first look that fails, which is judged by its age, to the first one that
// finds it. Workers look every few seconds, whatever their passes wait for. All that know of a loss tell the partition that is
// there now, and the largest number counts, once (lost.lua). It is "up to" so many: what was stored in the last moment is among
// them.
//
// A partition that came back as it was some time ago is another matter: it counts what it has then. But the ids of its markers
// only grow, so a lower last one tells it, and how much older that is. How many of its dirty entries are newer than what came back, nobody
// can say, so that is not counted. Where nothing was dirty at the last look, nothing but copies went back.

/// <summary>Finds partitions whose dirty entries are gone with all that counted them.</summary>
internal sealed class GonePartitions(int partitions, TimeProvider time)
{
    private const long Unknown = -1;

    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(5);

    // A worker that stands still for a while, or waits for an answer, looks no more often.
    private static readonly TimeSpan _longestBetweenLooks = TimeSpan.FromSeconds(15);

    // Nobody stores anything meanwhile unless it was back between two looks that both failed.
    private static readonly TimeSpan _longestBetweenFailedLooks = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly long[] _entries = new long[partitions];
    private readonly long[] _heardAt = new long[partitions];
    private readonly Known[] _known = [.. Enumerable.Range(0, partitions).Select(static _ => new Known())];

    /// <summary>When a look begins now.</summary>
    public long Now => time.GetTimestamp();

    /// <summary>A write's answer, or the like, has told how many entries are dirty.</summary>
    public void Note(int partition, long entries)
    {
        Volatile.Write(ref _entries[partition], entries);
        Volatile.Write(ref _heardAt[partition], time.GetTimestamp());
    }

    /// <summary>It has no terms, and nothing dirty, found a look that began then.</summary>
    /// <returns>Whether something of it is gone.</returns>
    public bool NoteUnstated(int partition, long began)
    {
        lock (_gate)
        {
            var known = _known[partition];
            var heard = Fresh(
                Interlocked.Exchange(ref _entries[partition], 0),
                Volatile.Read(ref _heardAt[partition]),
                began,
                known.KeepsHeard
            );
            known.Gone = Math.Max(known.Gone, Math.Max(heard, Fresh(known.Looked, known.LookedAt, began, known.KeepsLooked)));
            (known.Looked, known.KeepsLooked, known.KeepsHeard) = (0, false, false);
            return known.Gone > 0;
        }
    }

    /// <summary>It could not be reached by a look that began then: what was known of it at that time has not grown old since.</summary>
    public void NoteAway(int partition, long began)
    {
        lock (_gate)
        {
            var known = _known[partition];
            var now = time.GetTimestamp();
            known.KeepsLooked = IsFresh(known.LookedAt, began, known.KeepsLooked);
            known.KeepsHeard = IsFresh(Volatile.Read(ref _heardAt[partition]), began, known.KeepsHeard);
            known.LookedAt = known.KeepsLooked ? now : known.LookedAt;
            if (known.KeepsHeard)
            {
                Volatile.Write(ref _heardAt[partition], now);
            }
        }
    }

    /// <summary>A look that began then found a partition that has terms.</summary>
    /// <returns>How many entries were dirty in the one that was in its place, and are gone; and where it is the same as some
    /// time ago, how much older its last marker is, in microseconds, and how many entries were dirty before.</returns>
    public (long Gone, StepBack Back) Judge(int partition, in PartitionLook look, long began)
    {
        lock (_gate)
        {
            var known = _known[partition];
            var gone = known.Gone;
            if (known.Birth != Unknown && known.Birth != look.Birth)
            {
                gone = Math.Max(gone, Fresh(known.Looked, known.LookedAt, began, known.KeepsLooked));
            }

            if (Volatile.Read(ref _heardAt[partition]) <= began)
            {
                Note(partition, look.Entries);
            }

            var now = time.GetTimestamp();
            var back = default(StepBack);
            if (look.LastId >= known.LastId || known.Birth != look.Birth)
            {
                (known.LastId, known.LastIdAt) = (look.LastId, now);
            }
            else if (known.LastIdAt <= began)
            {
                back = IsWithin(known.KeepsLooked ? _longestBetweenFailedLooks : _longestBetweenLooks, known.LookedAt, began)
                    ? new(known.LastId - look.LastId, known.Looked)
                    : default;
                (known.LastId, known.LastIdAt) = (look.LastId, now);
            }

            (known.Gone, known.Birth, known.Looked, known.LookedAt) = (0, look.Birth, look.Entries, now);
            (known.KeepsLooked, known.KeepsHeard) = (false, false);
            return (gone, back);
        }
    }

    /// <summary>What is gone could not be told: the next look tells it.</summary>
    public void Keep(int partition, long gone)
    {
        lock (_gate)
        {
            _known[partition].Gone = Math.Max(_known[partition].Gone, gone);
        }
    }

    private long Fresh(long entries, long at, long began, bool isKept) => entries > 0 && IsFresh(at, began, isKept) ? entries : 0;

    /// <param name="at">When it was heard, or a look that failed last kept it from growing old.</param>
    /// <param name="began">When the look began that asks.</param>
    /// <param name="isKept">Whether the look before it failed, and kept it.</param>
    private bool IsFresh(long at, long began, bool isKept) => IsWithin(isKept ? _longestBetweenFailedLooks : _longest, at, began);

    private bool IsWithin(TimeSpan longest, long at, long began) => time.GetElapsedTime(at, began) <= longest;

    private sealed class Known
    {
        public long Looked { get; set; }

        public long LookedAt { get; set; }

        public long Birth { get; set; } = Unknown;

        public long LastId { get; set; }

        public long LastIdAt { get; set; }

        public long Gone { get; set; }

        /// <summary>Whether the look before failed, and what was looked at was fresh then.</summary>
        public bool KeepsLooked { get; set; }

        /// <summary>The same of what was heard.</summary>
        public bool KeepsHeard { get; set; }
    }
}

/// <summary>A partition came back as it was before.</summary>
/// <param name="Micros">How much older its last marker is than the last one that was seen, on its own clock.</param>
/// <param name="Dirty">How many entries were dirty when it was looked at last; 0 where none of them can be lost.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StepBack(long Micros, long Dirty);
