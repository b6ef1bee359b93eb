using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Remanso.Entries;
using Remanso.Telemetry;
using Remanso.Tiers.Memory;

namespace Remanso.Tiers;

/// <summary>The tier of a cache that lives in one process: the embedded default.</summary>
/// <remarks>
/// <para><b>States of a key.</b></para>
/// <code>
///   absent        --fill-------------------------&gt; clean
///   absent, clean --write------------------------&gt; queued
///   queued        --take-------------------------&gt; taken
///   taken         --settle: stored, superseded---&gt; clean
///   taken         --settle: dead letter----------&gt; dead letter
///   taken         --write------------------------&gt; both: taken and queued
///   both          --settle: still dirty----------&gt; queued
///   both          --take (with the newer value)--&gt; taken
///   dead letter   --write, replay----------------&gt; queued
///   dead letter   --drop-------------------------&gt; absent
///   clean         --evict, invalidate, age-------&gt; absent
/// </code>
/// <para>Queued, taken, both, and dead letter: these are dirty. A dirty entry is never evicted, never expires and is
/// never filled over; all ways out are settlements, and the drop of a dead letter that a person asked for. Where there
/// is a journal, it hears of every such step under the same gate (<see cref="JournalWriter"/>), and what it held at the
/// start is dirty again before anybody reads or writes.</para>
///
/// <para><b>Invariants</b> (under the gate of the key's partition).
/// <list type="bullet">
/// <item>A dirty entry that is no dead letter has a marker, in the queue or among the unsettled ones: it can't be forgotten.</item>
/// <item>A key has at most one marker in the queue, and one unsettled. Written since it was taken means queued.</item>
/// <item>A key's versions grow, also over eviction and invalidation, also if the wall clock goes back (<see cref="TierClock"/>).</item>
/// <item>A fill lease is in force only as long as the key was not written, deleted or invalidated since it was given; none is given for a
/// dirty key. So no load that began before a write or during its flush can fill.</item>
/// <item>Where versions are kept (<see cref="TierOptions.KeepsVersions"/>), the versions of a dirty key that are not
/// stored are its entry and those in its partition's side table, which are lower and in their order; a key that is not
/// dirty has none there.</item>
/// <item>A clean entry whose tag was removed after its birth (<see cref="TagTable"/>) is resident and answers nobody.</item>
/// </list></para>
///
/// <para><b>Readers</b> take no lock and allocate nothing on a hit: table, slot, immutable entry. A reader that overtakes a write sees the
/// entry before it, whole.</para>
///
/// <para><b>Locks</b>, from the outermost: <see cref="MemoryBound"/> (eviction), the gate of one
/// <see cref="MemoryPartition"/>, and innermost those of a stripe of the <see cref="SlotTable"/> and of a few sums and
/// lists (<see cref="DirtyLedger"/>, <see cref="DrainRate"/>, <see cref="AcceptedWrites"/>). No code holds two gates.
/// All of a key's state is under one gate, its partition's, instead of a lock per key: a flush then takes and settles
/// without lock juggling, and 64 gates are more than the processors that contend for them. What the eviction must know
/// is reported after the gate is left. Observers are called, and waiters continue, with no lock held.</para>
///
/// <para><b>Best effort</b>: read counts of the eviction; the byte bound, for as long as a change is unreported; the order of
/// two signals about one key (their versions tell); TTLs, by the coarse clock's tick of some milliseconds.</para>
/// </remarks>
internal sealed class MemoryTier : ICacheTier
{
    private readonly TimeProvider _time;
    private readonly MemoryState _state;
    private readonly SlotTable _table;
    private readonly TierClock _clock;
    private readonly TagTable _tags;
    private readonly WriteStep _writes;
    private readonly FillStep _fills;
    private readonly FlushStep _flush;
    private readonly DeadLetterStep _deadLetters;
    private readonly InvalidateStep _invalidation;
    private readonly WorkerStep _workers;

    /// <summary>Creates an empty tier.</summary>
    /// <param name="cache">The name of the cache.</param>
    /// <param name="options">Its bounds; read once.</param>
    /// <param name="time">Its clock.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public MemoryTier(string cache, TierOptions options, TimeProvider time)
        : this(cache, options, time, journal: null) { }

    internal MemoryTier(string cache, TierOptions options, TimeProvider time, TierJournal? journal, ClockAlarm? alarm = null)
    {
        ArgumentNullException.ThrowIfNull(cache);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(time);
        Validate(options);
        Cache = cache;
        Partitions = options.Partitions;
        _time = time;
        _state = new MemoryState(options, time, journal, alarm ?? new ClockAlarm());
        _table = _state.Table;
        _clock = _state.Clock;
        _tags = _state.Tags;
        _writes = new WriteStep(_state);
        _fills = new FillStep(_state, time);
        _flush = new FlushStep(_state);
        _deadLetters = new DeadLetterStep(_state);
        _invalidation = new InvalidateStep(_state);
        _workers = new WorkerStep(_state, _invalidation);
    }

    /// <inheritdoc/>
    public string Cache { get; }

    /// <inheritdoc/>
    public int Partitions { get; }

    /// <inheritdoc/>
    public bool IsLocal => true;

    /// <inheritdoc/>
    public long Now => _state.Clock.Now;

    /// <inheritdoc/>
    public long CoarseNow => _clock.CoarseNow;

    /// <summary>Bytes of all resident keys, their values and their book-keeping, as accounted against
    /// <see cref="TierOptions.MaxBytes"/>.</summary>
    public long Bytes => _state.Bound.Sum.Bytes;

    /// <summary>What is dirty now: entries, dead letters not among them; bytes of their keys and values; dead letters.</summary>
    internal (long Entries, long Bytes, long DeadLetters) Dirty => _state.Ledger.Sum;

    /// <summary>What it holds of a key, in whatever state; null: nothing.</summary>
    internal CacheEntry? Peek(string key) => _table.Find(key)?.Entry;

    /// <summary>What it holds now, and what had to leave it.</summary>
    internal MemoryCounts Held
    {
        get
        {
            var (entries, bytes) = _state.Bound.Sum;
            return new(entries, bytes, _state.Bound.Evicted.Value);
        }
    }

    /// <summary>Who hears of evictions, and counts them.</summary>
    internal CacheCounters Counters
    {
        set => (_state.Bound.Events, _state.Bound.Evicted) = (value.Events, value.TierEvicted);
    }

    /// <summary>Removals by tag that are remembered.</summary>
    internal int RemovedTags => _tags.Count;

    /// <summary>Resident keys.</summary>
    public int Count => _state.Table.Count;

    /// <summary>Fill leases that it holds, in force or not.</summary>
    internal int Leases => _state.LeaseCount;

    /// <inheritdoc/>
    public string? Problem => _state.Journal?.Problem;

    /// <inheritdoc/>
    public string? Warning => _state.ClockWatch.Warning;

    /// <summary>Where it tells that its clock is off.</summary>
    internal ILogger Logger
    {
        set => _state.ClockWatch.Told = (Cache, value);
    }

    /// <summary>Whether what is dirty outlives the process.</summary>
    internal bool HasJournal => _state.Journal is not null;

    /// <inheritdoc/>
    /// <exception cref="TierJournalException">The tier's journal can't be used.</exception>
    public async ValueTask InitializeAsync(CancellationToken cancellationToken)
    {
        if (_state.Journal is not { } journal)
        {
            return;
        }

        var records = await journal.OpenAsync(cancellationToken).ConfigureAwait(false);
        new RecoveryStep(_state).Restore(records, journal.HighestVersion);
    }

    /// <inheritdoc/>
    public double Fill => _state.Ledger.Fill;

    /// <inheritdoc/>
    public string? WhyNot(Durability level) =>
        level switch
        {
            Durability.Replicated => "this tier has no replicas to wait for.",
            Durability.Logged when _state.Journal is null => "this tier keeps no journal.",
            Durability.Logged when Problem is not null => "the journal can't be written now; the log says why.",
            _ => null,
        };

    /// <inheritdoc/>
    public bool IsPassing(Durability level) => level == Durability.Logged && HasJournal;

    /// <inheritdoc/>
    public async ValueTask EnsureAsync(string key, long version, Durability level, TimeSpan atMost, CancellationToken cancellationToken)
    {
        // What the disk has stays there, though it may take no more now.
        var committed = level == Durability.Logged ? _state.Journal?.CommittedAsync(key, version) : null;
        if (committed is not { IsCompletedSuccessfully: true } && WhyNot(level) is { } reason)
        {
            throw new DurabilityNotReachedException(version, level, level == Durability.Logged ? Problem ?? reason : reason);
        }

        try
        {
            await (committed ?? Task.CompletedTask).WaitAsync(atMost, _time, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw new DurabilityNotReachedException(
                version,
                level,
                exception is TimeoutException
                    ? $"the journal did not confirm it within {atMost.TotalSeconds:0.###} s; it goes on trying."
                    : exception.Message
            );
        }
    }

    /// <inheritdoc/>
    public bool TryRead(string key, [NotNullWhen(true)] out CacheEntry? entry)
    {
        if (_table.Find(key) is { } slot)
        {
            entry = slot.Entry;
            var now = _clock.CoarseNow;
            if (now < entry.FreshUntil && now < entry.ExpiresAt && (!entry.IsTagged || entry.IsDirty || _tags.IsUntouched(entry)))
            {
                slot.Touch();
                return true;
            }
        }

        entry = null;
        return false;
    }

    /// <inheritdoc/>
    public ValueTask<TierRead> ReadAsync(string key, long holder, CancellationToken cancellationToken) => new(Read(key, holder));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Attempt<TierRead>>> ReadManyAsync(
        IReadOnlyList<string> keys,
        long holder,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(keys);
        var reads = new Attempt<TierRead>[keys.Count];
        for (var i = 0; i < reads.Length; i++)
        {
            reads[i] = new(Read(keys[i], holder), null);
        }

        return new(reads);
    }

    /// <inheritdoc/>
    public ValueTask<long> TryLeaseAsync(string key, long holder, CancellationToken cancellationToken) => new(_fills.TryLease(key, holder));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<FillResult>> FillAsync(IReadOnlyList<FillRequest> fills, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(fills);
        var results = new FillResult[fills.Count];
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = _fills.Fill(fills[i]);
        }

        return new(results);
    }

    /// <inheritdoc/>
    public ValueTask<bool> ReleaseLeaseAsync(string key, long token, CancellationToken cancellationToken) =>
        new(_fills.Release(key, token));

    /// <inheritdoc/>
    public ValueTask WaitForFillAsync(string key, TimeSpan atMost, CancellationToken cancellationToken) =>
        _fills.WaitAsync(key, atMost, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="ValueTooLargeException">The value exceeds the tier's limits even if nothing else were dirty.</exception>
    public ValueTask<TierWriteResult> WriteAsync(TierWrite write, CancellationToken cancellationToken) => new(_writes.Write(write));

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<Attempt<TierWriteResult>>> WriteManyAsync(
        IReadOnlyList<TierWrite> writes,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(writes);
        var results = new Attempt<TierWriteResult>[writes.Count];
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = _writes.TryWrite(writes[i]);
        }

        return new(results);
    }

    /// <inheritdoc/>
    public ValueTask InvalidateAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        foreach (var key in keys)
        {
            _invalidation.Invalidate(key);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ExpireAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(keys);
        foreach (var key in keys)
        {
            _invalidation.Expire(key);
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask InvalidateAllAsync(CancellationToken cancellationToken)
    {
        _invalidation.InvalidateAll();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask RemoveByTagAsync(IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tags);
        _invalidation.RemoveByTag(tags, keepsStale: false);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ExpireByTagAsync(IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tags);
        _invalidation.RemoveByTag(tags, keepsStale: true);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask ExpireAllAsync(CancellationToken cancellationToken)
    {
        _invalidation.ExpireAll();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<LivingWorker>> HeartbeatAsync(string worker, TimeSpan duration, CancellationToken cancellationToken) =>
        new(_workers.Heartbeat(worker, duration));

    /// <inheritdoc/>
    public ValueTask RegisterAsync(string process, string card, TimeSpan keep, CancellationToken cancellationToken)
    {
        _workers.Register(process, card, keep);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask UnregisterAsync(string process, CancellationToken cancellationToken)
    {
        _workers.Unregister(process);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<RegisteredProcess>> ListProcessesAsync(CancellationToken cancellationToken) =>
        new(_workers.ListProcesses());

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PartitionLease>> AcquirePartitionsAsync(
        string worker,
        IReadOnlyList<int> partitions,
        TimeSpan duration,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(partitions);
        return new(_workers.Acquire(worker, partitions, duration));
    }

    /// <inheritdoc/>
    public ValueTask ReleasePartitionsAsync(IReadOnlyList<PartitionLease> leases, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(leases);
        _workers.Release(leases);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask<TakenEntries> TakeAsync(
        IReadOnlyList<PartitionLease> leases,
        int max,
        IReadOnlyDictionary<string, long> refused,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(leases);
        return new(_flush.Take(leases, max, refused));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<SettleResult>> SettleAsync(IReadOnlyList<Settlement> settlements, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settlements);
        var results = new SettleResult[settlements.Count];
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = _flush.Settle(settlements[i]);
        }

        return new(results);
    }

    /// <inheritdoc/>
    public ValueTask<DirtySummary> GetDirtyAsync(CancellationToken cancellationToken)
    {
        var (entries, bytes, deadLetters) = _state.Ledger.Sum;
        var oldest = entries == 0 ? long.MaxValue : _state.OldestSince();
        var age = TierClock.Span(Math.Max(0, _state.Clock.Now - oldest));
        _state.Ledger.Limits.NoteAge(age);
        return new(new DirtySummary(entries, bytes, age, deadLetters));
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(int max, CancellationToken cancellationToken) =>
        new(_deadLetters.List(max));

    /// <inheritdoc/>
    public ValueTask<int> ReplayDeadLettersAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        new(keys.Count(_deadLetters.Replay));

    /// <inheritdoc/>
    public ValueTask<int> DropDeadLettersAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        new(keys.Count(_deadLetters.Drop));

    /// <inheritdoc/>
    public void WantFlush(string? key) => _state.Observers.FlushWanted(isUrgent: true);

    /// <inheritdoc/>
    public IDisposable Subscribe(ITierObserver observer)
    {
        ArgumentNullException.ThrowIfNull(observer);
        return _state.Observers.Add(observer);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static void Validate(TierOptions options)
    {
        var broken = options switch
        {
            { Partitions: < 1 or > 4096 } => "Partitions: 1 to 4096.",
            { MaxBytes: < 64 << 10 } => "MaxBytes: at least 64 KiB.",
            { MaxDirtyEntries: < 1 } => "MaxDirtyEntries: at least 1.",
            { MaxDirtyBytes: < 1 } => "MaxDirtyBytes: at least 1, or null for half of MaxBytes.",
            { MaxDirtyAge.Ticks: < 1 } => "MaxDirtyAge: above 0, or null for any.",
            { ResumeAt: not (> 0 and <= 1) } => "ResumeAt: above 0, at most 1.",
            { FlushBatchSize: < 1 } => "FlushBatchSize: at least 1.",
            { DurabilityTimeout.Ticks: < 1 or > TimeSpan.TicksPerHour } => "DurabilityTimeout: above 0, at most an hour.",
            { IdempotencyRetention.Ticks: < 1 or > TimeSpan.TicksPerDay } => "IdempotencyRetention: above 0, at most a day.",
            { MaxIdempotencyKeys: < 1 } => "MaxIdempotencyKeys: at least 1.",
            { FillLease.Ticks: < 1 or > TimeSpan.TicksPerDay } => "FillLease: above 0, at most a day.",
            _ => null,
        };
        if (broken is not null)
        {
            throw new ArgumentOutOfRangeException(nameof(options), broken);
        }
    }

    private TierRead Read(string key, long holder) =>
        TryRead(key, out var entry) ? new(TierReadOutcome.Hit, entry, 0) : _fills.Read(key, holder);
}
