namespace Remanso.Tiers.Memory;

/// <summary>What the parts of a memory tier share.</summary>
internal sealed class MemoryState
{
    // Microseconds.
    private const long LookEvery = 50_000;

    private readonly MemoryPartition[] _partitions;
    private long _lastToken;
    private long _queued;
    private long _nextLook;

    internal MemoryState(TierOptions options, TimeProvider time, TierJournal? journal, ClockAlarm alarm)
    {
        Journal = journal;
        FlushBatchSize = options.FlushBatchSize;
        FillLease = options.FillLease;
        Accepted = new AcceptedWrites(options.IdempotencyRetention, options.MaxIdempotencyKeys);
        Clock = new TierClock(time);
        ClockWatch = new ClockWatch(Clock, alarm);
        Ledger = new DirtyLedger(options) { WhenDirty = Observers.Dirty };
        Bound = new MemoryBound(options.MaxBytes);
        _partitions = new MemoryPartition[options.Partitions];
        for (var i = 0; i < _partitions.Length; i++)
        {
            _partitions[i] = new MemoryPartition(i, Table, options.KeepsVersions);
        }

        _lastToken = Clock.Now;
        NextToken = () => Interlocked.Increment(ref _lastToken);
    }

    /// <summary>How many waiting markers make a flush worthwhile.</summary>
    internal int FlushBatchSize { get; }

    /// <summary>How long a fill lease lives.</summary>
    internal TimeSpan FillLease { get; }

    internal TierClock Clock { get; }

    internal ClockWatch ClockWatch { get; }

    /// <summary>Where dirty entries are kept beside the memory; null: nowhere.</summary>
    internal TierJournal? Journal { get; }

    /// <summary>All resident keys. Read by anybody; changed under the gate of the key's partition only.</summary>
    internal SlotTable Table { get; } = new();

    internal DirtyLedger Ledger { get; }

    internal MemoryBound Bound { get; }

    /// <summary>The removals by tag.</summary>
    internal TagTable Tags { get; } = new();

    /// <summary>The writes that are known again.</summary>
    internal AcceptedWrites Accepted { get; }

    internal DrainRate Drain { get; } = new();

    internal TierObservers Observers { get; } = new();

    internal ReadOnlySpan<MemoryPartition> Partitions => _partitions;

    /// <summary>Fill leases that there are, in force or not.</summary>
    internal int LeaseCount => _partitions.Sum(static partition => partition.Leases.Count);

    /// <summary>Issues the tokens of fill leases: each above all earlier ones.</summary>
    internal Func<long> NextToken { get; }

    internal MemoryPartition PartitionOf(string key) => _partitions[Partition.Of(key, _partitions.Length)];

    /// <summary>Since when the oldest unsaved write waits; <see cref="long.MaxValue"/> where none does. Takes the
    /// gates, one after the other.</summary>
    internal long OldestSince()
    {
        var oldest = long.MaxValue;
        foreach (var partition in _partitions)
        {
            lock (partition.Gate)
            {
                oldest = Math.Min(oldest, partition.OldestSince() ?? long.MaxValue);
            }
        }

        return oldest;
    }

    /// <summary>Lets the limits know the age of what is dirty, unless somebody did a moment ago.</summary>
    internal void LookAtAge()
    {
        var (now, due) = (Clock.CoarseNow, Volatile.Read(ref _nextLook));
        if (now < due || Interlocked.CompareExchange(ref _nextLook, now + LookEvery, due) != due)
        {
            return;
        }

        Ledger.Limits.NoteAge(TierClock.Span(Math.Max(0, Clock.Now - OldestSince())));
    }

    /// <summary>Counts one more marker that waits.</summary>
    /// <returns>Whether that made a batch full.</returns>
    internal bool CountQueued() => Interlocked.Increment(ref _queued) == FlushBatchSize;

    /// <summary>Counts one waiting marker less.</summary>
    internal void CountTaken() => Interlocked.Decrement(ref _queued);
}
