namespace Remanso;

/// <summary>How dirty entries are flushed.</summary>
public sealed class FlushOptions
{
    /// <summary>The longest that a dirty entry waits for its flush to begin while the store keeps up; 250 ms unless
    /// set; 1 ms to 1 hour. Longer: more writes of a hot key become one; shorter: fewer accepted writes are lost with
    /// the tier.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The most entries in one batch; 1000 unless set; 1 to 100,000. A full batch leaves before its interval is over.</summary>
    public int BatchSize { get; set; } = 1000;

    /// <summary>Batches of different partitions under way at the same time in one process, while more than one batch is
    /// dirty; 4 unless set; 1 to 64. While one is saved, others are taken and settled; more helps stores that write in
    /// parallel and are far away.</summary>
    public int BatchesInFlight { get; set; } = 4;

    /// <summary>The back-off after the first transient error; 50 ms unless set. It doubles with every further one, with
    /// jitter, to <see cref="MaxBackoff"/>.</summary>
    public TimeSpan FirstBackoff { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>The longest back-off; 5 s unless set.</summary>
    public TimeSpan MaxBackoff { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>After how many failed passes in a row the store is left alone but for one small batch after each
    /// back-off; 5 unless set; 0 to 1000, 0: never. The first batch that it takes puts an end to that.</summary>
    public int CircuitFailures { get; set; } = 5;

    /// <summary>How many dead letters there may be before refused entries stay dirty instead; 10,000 unless set; 1 to
    /// 1,000,000. From then on the health of the cache says so, and what is refused counts towards
    /// <see cref="TierOptions.MaxDirtyEntries"/>, so that it can't fill the tier.
    /// </summary>
    public int MaxDeadLetters { get; set; } = 10_000;

    /// <summary>How long an entry is tried again that keeps failing for a passing reason (a row that somebody has locked) while others are
    /// stored, and at least eight times, before it becomes a dead letter; 2 minutes unless set; 0 to 1 day. Longer for jobs that lock
    /// rows for longer. Each try of a locked row takes as long as the store waits for it. Of an outage between two tries no more counts
    /// than the back-off, or ten seconds where that is shorter.</summary>
    public TimeSpan DeadLetterAfter { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How often a dead letter is queued again by itself, <see cref="DeadLetterRetryAfter"/> after it became
    /// one; 0 (never) unless set; 0 to 100. For rows that wait for rows of other caches (a foreign key whose parent is
    /// flushed later). A process counts for itself, from its start.</summary>
    public int DeadLetterRetries { get; set; }

    /// <summary>With <see cref="DeadLetterRetries"/>: after which time; 1 minute unless set; 100 ms to 1 day.</summary>
    public TimeSpan DeadLetterRetryAfter { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Hours of the day (UTC) in which the store is left alone; null (none) unless set. Then no flush starts
    /// by itself, nor a purge, unless a writer waits for <see cref="Durability.Stored"/> or what is dirty has reached
    /// half of one of the limits of <see cref="TierOptions"/>; flushes by hand and the drain at a stop go on.
    /// What is accepted meanwhile is as safe as the tier makes it, for as long.</summary>
    public QuietHours? QuietHours { get; set; }

    /// <summary>How long a worker's partition leases live without renewal; 10 s unless set; at least 1 s.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a write waits for <see cref="Durability.Stored"/>, and a flush by hand for workers that store
    /// nothing; 30 s unless set.</summary>
    public TimeSpan StoredTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a graceful stop may flush; 30 s unless set.</summary>
    public TimeSpan StopTimeout { get; set; } = TimeSpan.FromSeconds(30);

    internal FlushOptions Copy() => (FlushOptions)MemberwiseClone();
}
