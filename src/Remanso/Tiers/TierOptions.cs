using Remanso.Tiers;

namespace Remanso;

/// <summary>What a tier must know of its cache.</summary>
public sealed class TierOptions
{
    /// <summary>The number of partitions, 1 to 4096; 64 unless set. All processes of a cache must agree.</summary>
    public int Partitions { get; set; } = Partition.DefaultCount;

    /// <summary>The memory tier's bound: bytes of keys, values and their book-keeping; 256 MiB unless set, at least 64 KiB.</summary>
    public long MaxBytes { get; set; } = 256L << 20;

    /// <summary>How many entries may be dirty before writes are refused; 1,000,000 unless set.</summary>
    public long MaxDirtyEntries { get; set; } = 1_000_000;

    /// <summary>How many bytes may be dirty before writes are refused; half of <see cref="MaxBytes"/> unless set.</summary>
    public long? MaxDirtyBytes { get; set; }

    /// <summary><see cref="MaxDirtyBytes"/>, or what stands for it.</summary>
    internal long DirtyBytesLimit => MaxDirtyBytes ?? MaxBytes / 2;

    /// <summary>How old the oldest dirty entry may be before writes that add to what is dirty are refused; null (any
    /// age) unless set, 100 ms to 7 days. It bounds how far the store lags behind, and how much a tier that is lost
    /// takes with it; longer than <see cref="FlushOptions.Interval"/>.</summary>
    public TimeSpan? MaxDirtyAge { get; set; }

    /// <summary>Hysteresis: once a limit is reached, to what part of it the amount (or the age) has to fall before
    /// writes are let in again; 1 unless set, 0.1 to 1. Below 1 a store that is too slow causes a few long refusals
    /// instead of many short ones.</summary>
    public double ResumeAt { get; set; } = 1;

    /// <summary>What becomes of a write that finds one of these limits reached; <see cref="WhenFull.Refuse"/> unless set.</summary>
    public WhenFull WhenFull { get; set; } = WhenFull.Refuse;

    /// <summary>With <see cref="WhenFull.Wait"/>: for how long it waits before it is refused; 1 s unless set, 1 ms to 1 minute.</summary>
    public TimeSpan MaxWait { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>On how many replicas a write must be for <see cref="Durability.Replicated"/>; 1 unless set, 1 to 16.
    /// The memory tier has none.</summary>
    public int Replicas { get; set; } = 1;

    /// <summary>How long a write waits for <see cref="Durability.Replicated"/> or <see cref="Durability.Logged"/>; 5 s
    /// unless set, 1 ms to 1 hour.</summary>
    public TimeSpan DurabilityTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>For how long a write with a <see cref="WriteOptions.IdempotencyKey"/> is known again; 10 minutes unless
    /// set, 1 s to 1 day.</summary>
    public TimeSpan IdempotencyRetention { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How many writes the memory tier knows again at a time, some 200 bytes each beside
    /// <see cref="MaxBytes"/>; 100,000 unless set, at least 1. Beyond it, writes with an idempotency key are refused
    /// until the oldest is forgotten. One <see cref="WriteOptions.IdempotencyOwner"/> may have as many as are free:
    /// half of them where it is alone. On Redis its own memory limit bounds them.
    /// </summary>
    public int MaxIdempotencyKeys { get; set; } = 100_000;

    /// <summary>Whether a dirty entry keeps its earlier versions that are not stored yet
    /// (<see cref="WriteMode.EveryVersion"/>). Each of them counts as a dirty entry, with its bytes. All processes of a
    /// cache must agree.</summary>
    public bool KeepsVersions { get; set; }

    /// <summary>What names the backing store, never with credentials: a tier that is shared, and a journal, note it,
    /// and refuse processes with another. Null: what the store says (<see cref="Stores.IStoreIdentity"/>); the built-in
    /// ones say engine, server and database. Of one that says nothing, two databases can't be told apart.</summary>
    public string? StoreIdentity { get; set; }

    /// <summary>What the store says (<see cref="Stores.IStoreIdentity"/>); null: nothing.</summary>
    internal string? ToldStore { get; set; }

    /// <summary>What earlier versions noted of the same store, where that is another's name; else null.</summary>
    internal string? EarlierStore { get; set; }

    /// <summary>What is noted.</summary>
    internal NotedStore NotedStore => new((string.IsNullOrEmpty(StoreIdentity) ? ToldStore : StoreIdentity) ?? string.Empty, EarlierStore);

    /// <summary>The largest value that comes: <see cref="CacheOptions.MaxValueBytes"/> of the cache. A tier that can't
    /// hand out such a value refuses to be made.</summary>
    public int MaxValueBytes { get; set; } = 1 << 20;

    /// <summary>Whether the cache has a backing store, so that the tier holds writes that are nowhere else yet; true
    /// unless set. Without one, what a lost tier takes with it can be loaded again.</summary>
    public bool HoldsWrites { get; set; } = true;

    /// <summary>After how many queued markers a flush is wanted before its interval is over: the flush's batch size.</summary>
    public int FlushBatchSize { get; set; } = 1000;

    /// <summary>How long a load may hold its fill lease: longer than the longest load; 35 s unless set. On Redis a
    /// lease whose holder does not renew it ends after 3 s.</summary>
    public TimeSpan FillLease { get; set; } = TimeSpan.FromSeconds(35);

    internal TierOptions Copy() => (TierOptions)MemberwiseClone();
}
