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
// does not grow old. All that know of a loss tell the partition that is there now, and the largest number counts, once
// (lost.lua). It is "up to" so many: what was stored in the last moment is among them.
//
// A partition that came back as it was some time ago is another matter: it counts what it has then. But the ids of its markers
// only grow, so a lower last one tells it, and by how much. How many of its dirty entries are newer than what came back, nobody
// can say, so that is not counted. Where nothing was dirty at the last look, nothing but copies went back.

/// <summary>Finds partitions whose dirty entries are gone with all that counted them.</summary>
internal sealed class GonePartitions(int partitions, TimeProvider time)
{
    private const long Unknown = -1;

    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(5);

    // A flush that waits between its tries looks no more often.
    private static readonly TimeSpan _longestBetweenLooks = TimeSpan.FromSeconds(15);

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
            var heard = Fresh(Interlocked.Exchange(ref _entries[partition], 0), Volatile.Read(ref _heardAt[partition]), began);
            known.Gone = Math.Max(known.Gone, Math.Max(heard, Fresh(known.Looked, known.LookedAt, began)));
            known.Looked = 0;
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
            known.LookedAt = time.GetElapsedTime(known.LookedAt, began) <= _longest ? now : known.LookedAt;
            if (time.GetElapsedTime(Volatile.Read(ref _heardAt[partition]), began) <= _longest)
            {
                Volatile.Write(ref _heardAt[partition], now);
            }
        }
    }

    /// <summary>A look that began then found a partition that has terms.</summary>
    /// <returns>How many entries were dirty in the one that was in its place, and are gone; and where it is the same as some
    /// time ago, by how much it went back, in microseconds, and how many entries were dirty before.</returns>
    public (long Gone, StepBack Back) Judge(int partition, in PartitionLook look, long began)
    {
        lock (_gate)
        {
            var known = _known[partition];
            var gone = known.Gone;
            if (known.Birth != Unknown && known.Birth != look.Birth)
            {
                gone = Math.Max(gone, Fresh(known.Looked, known.LookedAt, began));
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
                back =
                    time.GetElapsedTime(known.LookedAt, began) <= _longestBetweenLooks
                        ? new(known.LastId - look.LastId, known.Looked)
                        : default;
                (known.LastId, known.LastIdAt) = (look.LastId, now);
            }

            (known.Gone, known.Birth, known.Looked, known.LookedAt) = (0, look.Birth, look.Entries, now);
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

    private long Fresh(long entries, long at, long began) => entries > 0 && time.GetElapsedTime(at, began) <= _longest ? entries : 0;

    private sealed class Known
    {
        public long Looked { get; set; }

        public long LookedAt { get; set; }

        public long Birth { get; set; } = Unknown;

        public long LastId { get; set; }

        public long LastIdAt { get; set; }

        public long Gone { get; set; }
    }
}

/// <summary>A partition came back as it was before.</summary>
/// <param name="Micros">By how much, on its own clock.</param>
/// <param name="Dirty">How many entries were dirty when it was looked at last; 0 where none of them can be lost.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct StepBack(long Micros, long Dirty);
