using Microsoft.Extensions.Logging;

namespace Remanso.Telemetry;

internal static partial class Log
{
    [LoggerMessage(
        1,
        LogLevel.Warning,
        "Cache {Cache}: {Entries} entries could not be flushed, try {Attempt} failed; they are tried again: {Error}"
    )]
    public static partial void FlushFailed(this ILogger logger, string cache, int entries, int attempt, string error, Exception? exception);

    [LoggerMessage(2, LogLevel.Information, "Cache {Cache}: the store takes writes again")]
    public static partial void FlushRecovered(this ILogger logger, string cache);

    [LoggerMessage(3, LogLevel.Error, "Cache {Cache}: the store refused key {Key} version {Version} for good: {Error}")]
    public static partial void DeadLettered(
        this ILogger logger,
        string cache,
        HashedKey key,
        long version,
        string error,
        Exception? exception
    );

    [LoggerMessage(
        4,
        LogLevel.Warning,
        "Cache {Cache}: key {Key} version {Version} lost to version {StoreVersion}, which the store already holds"
    )]
    public static partial void Superseded(this ILogger logger, string cache, HashedKey key, long version, long storeVersion);

    [LoggerMessage(5, LogLevel.Warning, "Cache {Cache}: not ready, trying again in {Delay}: {Error}")]
    public static partial void StartFailed(this ILogger logger, string cache, TimeSpan delay, string error, Exception? exception);

    [LoggerMessage(6, LogLevel.Error, "Cache {Cache}: stopped with {Entries} entries ({Bytes} bytes) that the store does not have")]
    public static partial void StoppedDirty(this ILogger logger, string cache, long entries, long bytes);

    [LoggerMessage(
        47,
        LogLevel.Error,
        "Cache {Cache}: stopped with {DeadLetters} dead letters, which the store does not have: it had refused them, and they are gone"
    )]
    public static partial void StoppedWithDeadLetters(this ILogger logger, string cache, long deadLetters);

    [LoggerMessage(
        36,
        LogLevel.Warning,
        "Cache {Cache}: stopped while the store did not take everything; {Entries} entries ({Bytes} bytes) stay in the tier "
            + "for the next worker"
    )]
    public static partial void StoppedShared(this ILogger logger, string cache, long entries, long bytes);

    [LoggerMessage(
        35,
        LogLevel.Error,
        "Cache {Cache}: the store has not come back from a call within Flush:StopTimeout ({Timeout}) and does not heed its "
            + "cancellation; the stop goes on without it"
    )]
    public static partial void StopHeldUp(this ILogger logger, string cache, TimeSpan timeout);

    [LoggerMessage(7, LogLevel.Warning, "Cache {Cache}: serving a stale value of key {Key}, its load failed: {Error}")]
    public static partial void ServedStale(this ILogger logger, string cache, HashedKey key, string error, Exception? exception);

    [LoggerMessage(8, LogLevel.Warning, "Cache {Cache}: the tier can't be reached, reads go to the store: {Error}")]
    public static partial void TierLost(this ILogger logger, string cache, string error);

    [LoggerMessage(9, LogLevel.Information, "Cache {Cache}: the tier can be reached again")]
    public static partial void TierRestored(this ILogger logger, string cache);

    [LoggerMessage(
        15,
        LogLevel.Warning,
        "Cache {Cache}: the tags of key {Key} can't be told, its row is not served from the cache: {Error}"
    )]
    public static partial void TagsUnknown(this ILogger logger, string cache, HashedKey key, string error, Exception? exception);

    [LoggerMessage(10, LogLevel.Warning, "Cache {Cache}: could not refresh key {Key} in the background: {Error}")]
    public static partial void RefreshFailed(this ILogger logger, string cache, HashedKey key, string error, Exception? exception);

    [LoggerMessage(11, LogLevel.Information, "Cache {Cache}: serving a stale value of key {Key}, its load is slow and goes on")]
    public static partial void ServedWhileSlow(this ILogger logger, string cache, HashedKey key);

    [LoggerMessage(
        16,
        LogLevel.Error,
        "Cache {Cache}: the store failed {Failures} times in a row and is only probed until it takes a batch again: {Error}"
    )]
    public static partial void CircuitOpened(this ILogger logger, string cache, int failures, string error, Exception? exception);

    [LoggerMessage(17, LogLevel.Information, "Cache {Cache}: the store took a probe, flushing goes on at full speed")]
    public static partial void CircuitClosed(this ILogger logger, string cache);

    [LoggerMessage(
        18,
        LogLevel.Warning,
        "Cache {Cache}: rows that are gone could not be removed from the store; it is tried again, and not told again until "
            + "it succeeded: {Error}"
    )]
    public static partial void PurgeFailed(this ILogger logger, string cache, string error);

    [LoggerMessage(
        19,
        LogLevel.Warning,
        "Cache {Cache}: the copy of key {Key} version {Version} can't be decoded and is not served: {Error}"
    )]
    public static partial void Unreadable(this ILogger logger, string cache, HashedKey key, long version, string error);

    [LoggerMessage(
        26,
        LogLevel.Error,
        "Cache {Cache}: there are {Count} dead letters, as many as Flush:MaxDeadLetters ({Limit}) allows; what the store "
            + "refuses now stays dirty until some are replayed or dropped"
    )]
    public static partial void DeadLettersFull(this ILogger logger, string cache, long count, int limit);

    [LoggerMessage(27, LogLevel.Information, "Cache {Cache}: {Count} dead letters are queued again by themselves")]
    public static partial void DeadLettersRetried(this ILogger logger, string cache, int count);

    [LoggerMessage(28, LogLevel.Error, "Cache {Cache}: an observer failed for {Kind}, and is not told of again")]
    public static partial void ObserverFailed(this ILogger logger, string cache, CacheEventKinds kind, Exception exception);

    [LoggerMessage(
        29,
        LogLevel.Critical,
        "Cache {Cache}: a part of it has ended by a fault of its own, and its work is left undone; restart the process"
    )]
    public static partial void PartEnded(this ILogger logger, string cache, Exception exception);

    [LoggerMessage(
        30,
        LogLevel.Warning,
        "Cache {Cache}: an entry is of another type than {Type}; the callers of a key must agree on its type. It is loaded again"
    )]
    public static partial void HybridOfAnotherType(this ILogger logger, string cache, Type type);

    [LoggerMessage(31, LogLevel.Warning, "Cache {Cache}: an entry can't be read as {Type}; it is loaded again: {Error}")]
    public static partial void HybridUnreadable(this ILogger logger, string cache, Type type, string error);

    [LoggerMessage(32, LogLevel.Warning, "Cache {Cache}: the value of key {Key} has {Bytes} bytes and is not cached; the limit is {Limit}")]
    public static partial void HybridTooLarge(this ILogger logger, string cache, HashedKey key, int bytes, int limit);

    [LoggerMessage(34, LogLevel.Warning, "Cache {Cache}: values do not come back from it as they went in: {Problem}")]
    public static partial void HybridNotKept(this ILogger logger, string cache, string problem);

    [LoggerMessage(
        37,
        LogLevel.Warning,
        "Cache {Cache}: a use of key {Key} could not be recorded, so its value may expire too early: {Error}"
    )]
    public static partial void NotSlid(this ILogger logger, string cache, HashedKey key, string error);

    [LoggerMessage(
        38,
        LogLevel.Warning,
        "The caches may grow to {Needed} MiB of memory, which is more than half of the {Available} MiB that this process may use: it "
            + "could be ended for want of memory. Lower Tier:MaxBytes or Near:MaxBytes, or give it more"
    )]
    public static partial void MemoryMayEnd(this ILogger logger, long needed, long available);

    [LoggerMessage(
        33,
        LogLevel.Warning,
        "Cache {Cache}: a key of {Length} characters is not valid (blank, too long, control characters); its value is not cached"
    )]
    public static partial void HybridKeyNotCached(this ILogger logger, string cache, int length);

    [LoggerMessage(
        48,
        LogLevel.Warning,
        "Cache {Cache}: {Entries} dirty entries and {DeadLetters} dead letters wait in the tier; it is not declared here, and no process "
            + "flushes it. They stay in the tier until one that does declares it again"
    )]
    public static partial void CacheLeft(this ILogger logger, string cache, long entries, long deadLetters);

    [LoggerMessage(
        49,
        LogLevel.Warning,
        "Cache {Cache}: {Entries} dirty entries wait in the tier, and no process flushes it. They stay in the tier until one that does "
            + "declares it (the role all or worker)"
    )]
    public static partial void CacheUnflushed(this ILogger logger, string cache, long entries);

    [LoggerMessage(
        50,
        LogLevel.Warning,
        "Cache {Cache}: {What}, and what is dirty there waits; it is tried again, and not told again while it stays so: {Error}"
    )]
    public static partial void FlushHeld(this ILogger logger, string cache, string what, string error, Exception? exception);

    [LoggerMessage(
        52,
        LogLevel.Warning,
        "Cache {Cache}: the clock of this machine is {Behind} behind what this process counts with, for it was set back, or was ahead "
            + "for a while: lifetimes are off by that until a restart"
    )]
    public static partial void ClockBehind(this ILogger logger, string cache, TimeSpan behind);

    [LoggerMessage(
        53,
        LogLevel.Warning,
        "Cache {Cache}: its store tells no name, so what is dirty here of one database would go into another without a word: set "
            + "Tier:StoreIdentity, or let the store tell it (IStoreIdentity)"
    )]
    public static partial void StoreUntold(this ILogger logger, string cache);

    [LoggerMessage(51, LogLevel.Information, "Cache {Cache}: the flush goes on, nothing keeps it from the entries any more")]
    public static partial void FlushFreed(this ILogger logger, string cache);
}
