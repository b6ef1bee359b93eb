using System.Diagnostics.CodeAnalysis;
using Remanso.Entries;

namespace Remanso.Tiers;

// Every operation is atomic per key. Operations over many keys are not atomic over all of them: each key stands for
// itself, and results stand at the index of their request.
//
// The rule behind all of them: the highest version wins. A caller may repeat any operation after an error.
//
// An implementation that cannot reach its server throws TierUnavailableException. Of reads and writes of many, whatever
// one fails with stands beside it (Attempt), and nothing is thrown but that the caller gave up, or the cache has ended:
// servers of a cluster, and with them partitions, fail one by one.
//
// Implementations pass CacheTierConformance, unchanged.

/// <summary>
/// The tier of one cache: where accepted state lives, shared by all nodes. It holds bytes, issues versions, hands out
/// leases and keeps the queue of markers; it knows nothing of stores and codecs.
/// </summary>
internal interface ICacheTier : IAsyncDisposable
{
    /// <summary>The name of the cache.</summary>
    string Cache { get; }

    /// <summary>The number of partitions; the partition of a key is <see cref="Partition.Of"/>.</summary>
    int Partitions { get; }

    /// <summary>Whether the tier lives in this process, so that its calls complete at once and its signals are never lost.</summary>
    bool IsLocal { get; }

    /// <summary>The tier's clock now, microseconds since 1970 (for a remote tier an estimate).</summary>
    long Now { get; }

    /// <summary><see cref="Now"/> for hot paths: perhaps some milliseconds behind, and as good as free.</summary>
    long CoarseNow => Now;

    /// <summary>What the tier can't do now of what it is there for, though it can be reached; null: nothing.</summary>
    string? Problem { get; }

    /// <summary>What is wrong now and only slows work down; null: nothing.</summary>
    string? Warning => null;

    /// <summary>The partitions that this process can't flush now though it should, and why: those of a server that is away among
    /// them. The others go on meanwhile.</summary>
    IReadOnlyList<HeldPartition> Held => [];

    /// <summary>What keeps entries of this tier from being flushed, as far as this process has seen it; null: nothing.</summary>
    string? FlushProblem => null;

    /// <summary>How many dirty entries were found to be gone from the tier though nobody stored them, since this
    /// process started: evicted by its server, or deleted behind its back.</summary>
    long Vanished => 0;

    /// <summary>Connects and checks the server's settings; to be called before anything else; again after a failure.</summary>
    /// <exception cref="InvalidOperationException">The server's settings can't keep the tier's promises, or differ from
    /// this process's.</exception>
    /// <exception cref="TierJournalException">The tier's journal can't be used.</exception>
    ValueTask InitializeAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Reads one key if the tier can answer at once, without I/O and without waiting; a remote tier can't.
    /// </summary>
    /// <param name="key">The key, which need not be valid.</param>
    /// <param name="entry">The entry of a fresh hit.</param>
    /// <returns>Whether it was a fresh hit; false says nothing about the key.</returns>
    bool TryRead(string key, [NotNullWhen(true)] out CacheEntry? entry);

    /// <summary>
    /// Reads one key; where that is no fresh hit and <paramref name="holder"/> is not 0, asks in the same step for the key's fill lease.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <param name="holder">Who asks for the fill lease (one number per process and run), or 0 to read only.
    /// The lease is the holder's: asking again while holding it gives the same token.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    ValueTask<TierRead> ReadAsync(string key, long holder, CancellationToken cancellationToken);

    /// <summary><see cref="ReadAsync"/> for many keys in as few round trips as the tier can.</summary>
    /// <returns>What it would have returned or thrown for each, at the index of its key.</returns>
    ValueTask<IReadOnlyList<Attempt<TierRead>>> ReadManyAsync(IReadOnlyList<string> keys, long holder, CancellationToken cancellationToken);

    /// <summary>
    /// Takes the fill lease of a key whose entry may be fresh: a background refresh loads under it.
    /// </summary>
    /// <returns>The token, or 0 while another holder has the lease or the entry is dirty (a load may read the row from
    /// before its flush).</returns>
    ValueTask<long> TryLeaseAsync(string key, long holder, CancellationToken cancellationToken);

    /// <summary>Fills keys with what was loaded under their leases. A fill happens only if its token still holds the
    /// lease (a write, delete or invalidation of the key voided it), no tag of the value was removed since the lease
    /// was given, and no higher version is there; it ends the lease either way.</summary>
    ValueTask<IReadOnlyList<FillResult>> FillAsync(IReadOnlyList<FillRequest> fills, CancellationToken cancellationToken);

    /// <summary>Gives a fill lease back without a fill (the load failed, or is for its callers alone), so that others need
    /// not wait for it to expire.</summary>
    /// <returns>Whether it was in force until now, and no tag of any value was removed since it was given: what was loaded
    /// under it is as new as what a fill brings in. False where that is not known.</returns>
    ValueTask<bool> ReleaseLeaseAsync(string key, long token, CancellationToken cancellationToken);

    /// <summary>How often a holder is to call <see cref="RenewFillLeasesAsync"/>; null where its leases last as long as it does.</summary>
    TimeSpan? FillLeaseBeat => null;

    /// <summary>Lets fill leases run on whose loads are still under way; those that are over or void stay so.</summary>
    /// <param name="leases">Keys and tokens.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    ValueTask RenewFillLeasesAsync(IReadOnlyList<KeyValuePair<string, long>> leases, CancellationToken cancellationToken) =>
        ValueTask.CompletedTask;

    /// <summary>
    /// Waits until another holder's fill lease of the key may have ended, or a time limit; the caller reads again either way.
    /// </summary>
    ValueTask WaitForFillAsync(string key, TimeSpan atMost, CancellationToken cancellationToken);

    /// <summary>Writes one key (section 4 of the design, one atomic step).</summary>
    ValueTask<TierWriteResult> WriteAsync(TierWrite write, CancellationToken cancellationToken);

    /// <summary><see cref="WriteAsync"/> for many keys in as few round trips as the tier can.</summary>
    /// <returns>What it would have returned or thrown for each, at its index.</returns>
    ValueTask<IReadOnlyList<Attempt<TierWriteResult>>> WriteManyAsync(IReadOnlyList<TierWrite> writes, CancellationToken cancellationToken);

    /// <summary>Says why no write can have this level now. What is above <see cref="Durability.Accepted"/> and below
    /// <see cref="Durability.Stored"/> is the tier's to give.</summary>
    /// <returns>The reason, as the end of a sentence; null where the level can be had. Clients of a server are told it,
    /// so it names no address and no path.</returns>
    string? WhyNot(Durability level);

    /// <summary>Whether what <see cref="WhyNot"/> says may pass by itself, or by what an operator does elsewhere.</summary>
    bool IsPassing(Durability level);

    /// <summary>Waits until a version that was accepted, or a higher one of its key, is as durable as asked. Callers
    /// at the same time share what that costs: one fsync, one question to the replicas.</summary>
    /// <param name="key">The key.</param>
    /// <param name="version">The version that its write returned.</param>
    /// <param name="level">The level; nothing is waited for where it is not the tier's to give.</param>
    /// <param name="atMost">How long to wait at most.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="DurabilityNotReachedException">Not in time, or it failed. The write stays accepted.</exception>
    ValueTask EnsureAsync(string key, long version, Durability level, TimeSpan atMost, CancellationToken cancellationToken);

    /// <summary>Drops the clean copies of keys and voids their fill leases; dirty entries stay, they are the truth.</summary>
    ValueTask InvalidateAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken);

    /// <summary>Ends the freshness of the clean copies of keys and voids their fill leases: they are stale from now
    /// on, and stay for what is left of their grace period. Those without one are dropped, as are known-absent keys;
    /// dirty entries stay, and are stale once they are settled.</summary>
    ValueTask ExpireAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => InvalidateAsync(keys, cancellationToken);

    /// <summary>Drops every clean copy and voids every fill lease; dirty entries stay.</summary>
    ValueTask InvalidateAllAsync(CancellationToken cancellationToken);

    /// <summary>Removes what carries one of the tags: clean copies are dropped, also as stale ones, and a fill whose
    /// lease was given before can't bring such a value in. Dirty entries stay; a dirty entry that was written before
    /// the removal is dropped once it is settled. The cost does not depend on the number of entries.</summary>
    ValueTask RemoveByTagAsync(IReadOnlyList<string> tags, CancellationToken cancellationToken);

    /// <summary><see cref="RemoveByTagAsync"/>, which leaves stale copies as <see cref="ExpireAsync"/> does: also of a
    /// dirty entry once it is settled.</summary>
    ValueTask ExpireByTagAsync(IReadOnlyList<string> tags, CancellationToken cancellationToken) =>
        RemoveByTagAsync(tags, cancellationToken);

    /// <summary><see cref="ExpireAsync"/> for every key.</summary>
    ValueTask ExpireAllAsync(CancellationToken cancellationToken) => InvalidateAllAsync(cancellationToken);

    /// <summary>Says that a worker is alive, for <paramref name="duration"/>; with none it takes its leave.</summary>
    /// <returns>The workers alive now, this one among them unless it has left, sorted by name.</returns>
    ValueTask<IReadOnlyList<LivingWorker>> HeartbeatAsync(string worker, TimeSpan duration, CancellationToken cancellationToken);

    /// <summary>Says that a process is there, and what others are told of it; to be said again every few seconds.
    /// Nothing depends on it but what people see.</summary>
    /// <param name="process">Its identifier, without spaces.</param>
    /// <param name="card">What is told of it: a text without a line's end.</param>
    /// <param name="keep">For how long it is remembered from now on.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    ValueTask RegisterAsync(string process, string card, TimeSpan keep, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Forgets a process, which ends.</summary>
    ValueTask UnregisterAsync(string process, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>The processes that are remembered, sorted by identifier; at most <see cref="RegisteredProcess.Most"/>.</summary>
    ValueTask<IReadOnlyList<RegisteredProcess>> ListProcessesAsync(CancellationToken cancellationToken) => new([]);

    /// <summary>Takes or renews partition leases. Partitions that another worker holds are left out of the result; a
    /// renewed lease keeps its fencing token, a newly taken one has a token above every earlier one of that partition.</summary>
    ValueTask<IReadOnlyList<PartitionLease>> AcquirePartitionsAsync(
        string worker,
        IReadOnlyList<int> partitions,
        TimeSpan duration,
        CancellationToken cancellationToken
    );

    /// <summary>Gives partition leases back; leases lost meanwhile are ignored. Those that can't be given back, while
    /// others can, run out by themselves.</summary>
    ValueTask ReleasePartitionsAsync(IReadOnlyList<PartitionLease> leases, CancellationToken cancellationToken);

    /// <summary>Takes up to <paramref name="max"/> dirty entries from the partitions' queues, each key once, with its
    /// current value and version; its queued flag is cleared, so a later write queues a new marker. What was taken
    /// earlier from these partitions and is not settled (by this worker or a dead one) comes first, with its current
    /// value. At most one taker per partition at a time. Where versions are kept
    /// (<see cref="TierOptions.KeepsVersions"/>), up to <paramref name="max"/> versions: a key that has more gives its
    /// oldest ones and stays queued (<see cref="TakenEntry.HasLater"/>).</summary>
    /// <param name="leases">The leases of the partitions.</param>
    /// <param name="max">How many at most.</param>
    /// <param name="refused">Keys that the store refused before, which count to <paramref name="max"/>: of each only the
    /// oldest version is taken, so that it takes no room from others. Of a key with a version above 0 that one is not to
    /// be tried again yet (<see cref="long.MaxValue"/>: none is), and may be left where it is
    /// (<see cref="TakenEntries.HeldBack"/>).</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>The entries, and whether that is all there was. Partitions whose lease is lost give none.</returns>
    ValueTask<TakenEntries> TakeAsync(
        IReadOnlyList<PartitionLease> leases,
        int max,
        IReadOnlyDictionary<string, long> refused,
        CancellationToken cancellationToken
    );

    /// <summary>Records what the store said. An entry that still has the taken version and no queued marker becomes
    /// clean (or adopts the store's row, or becomes a dead letter); one written meanwhile stays dirty. The marker is
    /// removed. Nothing changes under a lost lease. Where versions are kept, those up to the taken one are forgotten
    /// once the store has them, and a refused one makes the key a dead letter with all its versions, also if it was
    /// written meanwhile.</summary>
    /// <returns>Per settlement, what became of the entry.</returns>
    /// <exception cref="TierUnavailableException">No partition could be reached. Where one of them can't,
    /// <see cref="SettleResult.Unknown"/> stands for what is there.</exception>
    ValueTask<IReadOnlyList<SettleResult>> SettleAsync(IReadOnlyList<Settlement> settlements, CancellationToken cancellationToken);

    /// <summary>How much is dirty now, over all nodes.</summary>
    ValueTask<DirtySummary> GetDirtyAsync(CancellationToken cancellationToken);

    /// <summary><see cref="GetDirtyAsync(CancellationToken)"/> of some partitions, which other workers flush. A tier without
    /// others may count all.</summary>
    ValueTask<DirtySummary> GetDirtyAsync(IReadOnlyCollection<int> partitions, CancellationToken cancellationToken) =>
        GetDirtyAsync(cancellationToken);

    /// <summary><see cref="GetDirtyAsync(CancellationToken)"/> for those who can do with an estimate: of what can't be reached,
    /// what was known last.</summary>
    ValueTask<DirtySummary> EstimateDirtyAsync(CancellationToken cancellationToken) => GetDirtyAsync(cancellationToken);

    /// <summary>How much of the room for what is dirty is used by a limit of the tier's own, which is no sum of
    /// <see cref="DirtySummary"/>: what its entries take in memory. From 0 to 1, where writes are refused; as known last.</summary>
    double Fill => 0;

    /// <summary>The dead letters, oldest first.</summary>
    ValueTask<IReadOnlyList<DeadLetter>> ListDeadLettersAsync(int max, CancellationToken cancellationToken);

    /// <summary>Queues the current values of keys that are dead letters again; other keys are left alone.</summary>
    /// <returns>How many were queued.</returns>
    ValueTask<int> ReplayDeadLettersAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken);

    /// <summary>Gives up the values of keys that are dead letters: the next read loads the store's row; other keys are
    /// left alone.</summary>
    /// <returns>How many were dropped.</returns>
    ValueTask<int> DropDeadLettersAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken);

    /// <summary>Asks whoever flushes to do so now, in whatever process: somebody waits. As any signal it may be lost, or come
    /// while nobody holds the partition: who still waits asks again.</summary>
    /// <param name="key">What is waited for; null for all keys.</param>
    void WantFlush(string? key);

    /// <summary>Passes the tier's signals to an observer until the result is disposed.</summary>
    IDisposable Subscribe(ITierObserver observer);

    /// <summary>Waits until observers that are subscribed hear what they are there for: changes from now on are told.</summary>
    ValueTask ListenAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
