using System.Text;
using Remanso.Redis.Scripts;
using Remanso.Tiers;

namespace Remanso.Redis.Tier;

// A write takes along what the other partitions leave of the limits, and its script adds its own partition's exact
// sums. Every write's reply brings those sums back, and Refresh is due every RefreshEvery while there are writes. So a
// cache of one partition keeps its limits exactly, and one of many exceeds them by no more than what other processes
// write in that time.

/// <summary>
/// What this process knows of the dirty entries of all partitions, and how much room that leaves: the limits of a cache are sums over
/// partitions that may lie on different servers.
/// </summary>
internal sealed class DirtyView
{
    /// <summary>How old the knowledge of the other partitions may be while there are writes.</summary>
    public static readonly TimeSpan RefreshEvery = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan _shortestRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan _usualRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestRetry = TimeSpan.FromSeconds(60);

    private readonly TimeProvider _time;
    private readonly DirtyLimits _limits;
    private readonly int _batch;
    private readonly long[] _entries;
    private readonly long[] _bytes;
    private readonly int[] _notes;
    private long _allEntries;
    private long _allBytes;
    private long _refreshedAt;
    private long _entriesThen;
    private long _summedAt;
    private long _retryTicks = _usualRetry.Ticks;
    private long _ceiling = long.MaxValue;

    public DirtyView(TierOptions options, TimeProvider time)
    {
        Gone = new GonePartitions(options.Partitions, time);
        _time = time;
        _limits = new DirtyLimits(options);
        _batch = options.FlushBatchSize;
        _entries = new long[options.Partitions];
        _bytes = new long[options.Partitions];
        _notes = new int[options.Partitions];
        _summedAt = time.GetTimestamp();
        _refreshedAt = _summedAt - time.TimestampFrequency;
    }

    /// <summary>When a refused write should try again: after the time in which a batch was flushed of late, or as much
    /// as has to go before there is room; 100 ms to 60 s, 1 s where nothing was.</summary>
    public TimeSpan RetryAfter => TimeSpan.FromTicks(Volatile.Read(ref _retryTicks));

    /// <summary>What was dirty in partitions that are there no more.</summary>
    public GonePartitions Gone { get; }

    /// <summary>How long ago the last refresh was.</summary>
    public TimeSpan Age => _time.GetElapsedTime(Volatile.Read(ref _refreshedAt));

    /// <summary>Refuses what no flush could ever make room for: the entry alone exceeds the limit.</summary>
    public ValueTooLargeException? WhyNeverFits(in TierWrite write)
    {
        // Three bytes are the most that a UTF-16 unit takes; only keys that may matter are counted.
        if (write.Value.Length + (3L * write.Key.Length) <= _limits.MostBytes)
        {
            return null;
        }

        var limit = MostBytes(write.Key);
        return write.Value.Length > limit ? new ValueTooLargeException(write.Value.Length, Math.Max(limit, 0)) : null;
    }

    /// <summary>How large a key's value may be if nothing else is dirty; below 0 where not even the key fits.</summary>
    public long MostBytes(string key) => _limits.MostBytes - Encoding.UTF8.GetByteCount(key);

    /// <summary>How many entries of a partition were dirty when that was last heard.</summary>
    public long EntriesOf(int partition) => Volatile.Read(ref _entries[partition]);

    /// <summary>What the other partitions leave of the limits.</summary>
    public DirtyAmount RoomFor(int partition) =>
        new(
            _limits.Entries - Volatile.Read(ref _allEntries) + Volatile.Read(ref _entries[partition]),
            Math.Min(_limits.Bytes, Volatile.Read(ref _ceiling)) - Volatile.Read(ref _allBytes) + Volatile.Read(ref _bytes[partition])
        );

    /// <summary>Notes by how much what is dirty may grow until the server's memory is as full as it may be: what an
    /// entry takes there is more than its key and value.</summary>
    public void NoteRoom(long bytes) =>
        Volatile.Write(ref _ceiling, bytes == long.MaxValue ? bytes : Volatile.Read(ref _allBytes) + (bytes / 2));

    /// <summary>How much of what the server's memory has room for is used, from 0 to 1.</summary>
    public double Fill =>
        Volatile.Read(ref _ceiling) is var ceiling && ceiling == long.MaxValue ? 0
        : ceiling <= 0 ? 1
        : Math.Min(1, (double)Volatile.Read(ref _allBytes) / ceiling);

    /// <summary>Whether the limits need the knowledge of other partitions, or of ages.</summary>
    public bool NeedsRefresh => _entries.Length > 1 || _limits.HasAge;

    /// <summary>Notes that a write was refused.</summary>
    public void NoteRefusal() => _limits.NoteRefusal();

    /// <summary>Notes the sums of one partition, which a call has just brought.</summary>
    public void Note(int partition, DirtyAmount dirty)
    {
        Interlocked.Increment(ref _notes[partition]);
        Gone.Note(partition, dirty.Entries);
        Set(partition, dirty);
    }

    /// <summary>How often the sums of each partition were noted: to be asked for before a look at all of them.</summary>
    public int[] CountNotes() => [.. _notes];

    private void Set(int partition, DirtyAmount dirty)
    {
        var entries = Interlocked.Add(ref _allEntries, dirty.Entries - Interlocked.Exchange(ref _entries[partition], dirty.Entries));
        var bytes = Interlocked.Add(ref _allBytes, dirty.Bytes - Interlocked.Exchange(ref _bytes[partition], dirty.Bytes));
        _limits.NoteAmount(entries, bytes);
    }

    /// <summary>Claims the refresh that is due.</summary>
    /// <param name="age">How old the knowledge may be.</param>
    /// <returns>Whether it is this caller's to do.</returns>
    public bool IsRefreshDue(TimeSpan age)
    {
        var then = Volatile.Read(ref _refreshedAt);
        return _time.GetElapsedTime(then) >= age && Interlocked.CompareExchange(ref _refreshedAt, _time.GetTimestamp(), then) == then;
    }

    /// <summary>Notes the sums of all partitions, and from their change how fast the store takes entries.</summary>
    /// <param name="dirty">What a look found.</param>
    /// <param name="notes">The <see cref="CountNotes"/> of before it: a write that came meanwhile knows better.</param>
    public void Refresh(ReadOnlySpan<PartitionDirty> dirty, ReadOnlySpan<int> notes)
    {
        long oldest = 0;
        for (var i = 0; i < dirty.Length; i++)
        {
            if (Volatile.Read(ref _notes[i]) == notes[i])
            {
                Set(i, dirty[i].Amount);
            }

            oldest = Math.Max(oldest, dirty[i].OldestMicros);
        }

        _limits.NoteAge(TimeSpan.FromMicroseconds(oldest));

        Volatile.Write(ref _refreshedAt, _time.GetTimestamp());
        var elapsed = _time.GetElapsedTime(Interlocked.Exchange(ref _summedAt, _time.GetTimestamp()));
        var now = Volatile.Read(ref _allEntries);
        var drained = Interlocked.Exchange(ref _entriesThen, now) - now;
        var ticks = drained <= 0 ? _usualRetry.Ticks : (long)(elapsed.Ticks * ((double)Math.Max(_batch, now - _limits.Entries) / drained));
        Volatile.Write(ref _retryTicks, Math.Clamp(ticks, _shortestRetry.Ticks, _longestRetry.Ticks));
    }
}
