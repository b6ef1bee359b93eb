namespace Remanso;

/// <summary>What can happen in a cache of this process. An observer names those that it wants to hear.</summary>
[Flags]
public enum CacheEventKinds
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A read was answered by a copy that is fresh, or by a dirty entry (<see cref="CacheEvent.Source"/>: near or tier).</summary>
    Hit = 1,

    /// <summary>A read was answered by a copy that is past its TTL.</summary>
    Stale = 2,

    /// <summary>A read was answered by a load, its own or one that it joined.</summary>
    Miss = 4,

    /// <summary>A read found no value: the key is known to be absent, was loaded and is absent, or is not cached where
    /// nothing was to be loaded.</summary>
    Absent = 8,

    /// <summary>A key was loaded for reads, by the store or by a loader, however many waited for it.</summary>
    Loaded = 16,

    /// <summary>Such a load failed.</summary>
    LoadFailed = 32,

    /// <summary>A write, a delete or a merge was accepted.</summary>
    Written = 64,

    /// <summary>The store took a batch of this process's flusher: <see cref="CacheEvent.Count"/> entries.</summary>
    Flushed = 128,

    /// <summary>A batch could not be stored, and is tried again.</summary>
    FlushFailed = 256,

    /// <summary>The flusher found a higher version of a key in the store, which others wrote; the entry adopts it.</summary>
    Superseded = 512,

    /// <summary>The store refused an entry for good.</summary>
    DeadLettered = 1024,

    /// <summary>Copies were dropped by a call in this process, or because others changed the store: of a key, of a tag,
    /// or, where both are null, all.</summary>
    Invalidated = 2048,

    /// <summary>Copies were made stale by a call in this process: of a key, of a tag, or, where both are null, all.</summary>
    Expired = 4096,

    /// <summary>A copy left this process's memory for want of room: the near cache, or the memory tier. What Redis
    /// evicts is not heard of.</summary>
    Evicted = 8192,

    /// <summary>All of them.</summary>
    All =
        Hit
        | Stale
        | Miss
        | Absent
        | Loaded
        | LoadFailed
        | Written
        | Flushed
        | FlushFailed
        | Superseded
        | DeadLettered
        | Invalidated
        | Expired
        | Evicted,
}
