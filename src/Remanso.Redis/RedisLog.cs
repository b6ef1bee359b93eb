using Microsoft.Extensions.Logging;
using Remanso.Telemetry;

namespace Remanso.Redis;

internal static partial class RedisLog
{
    [LoggerMessage(
        1,
        LogLevel.Warning,
        "Redis {Server} keeps no append-only file: writes that were not flushed are lost if it stops. Set appendonly yes"
    )]
    public static partial void AppendOnlyFileOff(this ILogger logger, RedisEndPoint server);

    [LoggerMessage(
        2,
        LogLevel.Warning,
        "Redis {Server} does not tell this user {Unknown}: that is not checked, and is for whoever runs Redis to see to"
    )]
    public static partial void Untold(this ILogger logger, RedisEndPoint server, string unknown);

    [LoggerMessage(
        3,
        LogLevel.Warning,
        "Redis {Server} does not tell how it persists (appendonly, appendfsync): what an accepted write survives is unknown here"
    )]
    public static partial void PersistenceUnknown(this ILogger logger, RedisEndPoint server);

    [LoggerMessage(
        4,
        LogLevel.Error,
        "Cache {Cache}: the dirty entry of key {Key} in Redis was overwritten by something that is no entry: the write is lost"
    )]
    public static partial void EntryLost(this ILogger logger, string cache, HashedKey key);

    [LoggerMessage(
        5,
        LogLevel.Critical,
        "Redis {Server} has maxmemory-policy {Policy} now, which may evict writes that the store does not have yet: writes "
            + "are refused until it is noeviction or volatile-*"
    )]
    public static partial void EvictionPolicyUnsafe(this ILogger logger, RedisEndPoint server, string policy);

    [LoggerMessage(6, LogLevel.Warning, "The maxmemory-policy of Redis is safe again: writes are accepted")]
    public static partial void EvictionPolicySafe(this ILogger logger);

    [LoggerMessage(
        7,
        LogLevel.Warning,
        "The clock of Redis {Server} was set back: its clean copies are dropped, for they would live on past their time"
    )]
    public static partial void ClockWentBack(this ILogger logger, RedisEndPoint server);

    [LoggerMessage(
        8,
        LogLevel.Warning,
        "Cache {Cache}: its data in Redis {Server} went back, or was deleted, without a restart or a fail-over: the clean copies of "
            + "its {Count} partitions there are dropped"
    )]
    public static partial void WentBack(this ILogger logger, string cache, RedisEndPoint server, int count);

    [LoggerMessage(
        9,
        LogLevel.Critical,
        "Cache {Cache}: {Count} dirty entries are gone from Redis though nobody stored them: evicted by its policy, or "
            + "deleted behind our back. Among them, perhaps: {Keys}"
    )]
    public static partial void DirtyEntriesVanished(this ILogger logger, string cache, long count, string keys);

    [LoggerMessage(10, LogLevel.Critical, "{Problem}")]
    public static partial void Disagrees(this ILogger logger, string problem);

    [LoggerMessage(
        11,
        LogLevel.Warning,
        "New credentials for Redis {Server} can't be used. It goes on with the old ones until the server ends that, and tries "
            + "again: {Reason}"
    )]
    private static partial void CredentialsNotRenewed(this ILogger logger, RedisEndPoint server, string reason);

    [LoggerMessage(
        12,
        LogLevel.Warning,
        "Redis {Other} says that it is a master, and so does Redis {Server}, which is used here. Make one the replica of the other: "
            + "what some write there is not seen here, and is lost then"
    )]
    public static partial void SecondMaster(this ILogger logger, RedisEndPoint server, RedisEndPoint other);

    [LoggerMessage(13, LogLevel.Warning, "Cache {Cache}: {Problem}")]
    public static partial void ChannelRefused(this ILogger logger, string cache, string problem);

    [LoggerMessage(
        14,
        LogLevel.Error,
        "The sentinels have made Redis {Master} the master, which can't be used here, and nothing is written until it can: {Reason} "
            + "(Redis {Former} is left: what it still took would be lost)"
    )]
    private static partial void MasterUnusable(this ILogger logger, RedisEndPoint master, RedisEndPoint former, string reason);

    [LoggerMessage(
        15,
        LogLevel.Critical,
        "Cache {Cache}: {Partitions} partitions are gone from Redis, and up to {Count} dirty entries with them that nobody stored: a "
            + "FLUSHALL, keys that were deleted by their prefix, or a server that came back without its data"
    )]
    public static partial void PartitionsGone(this ILogger logger, string cache, int partitions, long count);

    [LoggerMessage(
        16,
        LogLevel.Critical,
        "Cache {Cache}: Redis came back as it was before, in {Partitions} partitions: the last marker there is up to {Time} older than "
            + "the last one seen. Writes that were accepted since and not stored are lost. Up to {Count} entries were dirty there"
    )]
    public static partial void DirtyWentBack(this ILogger logger, string cache, int partitions, TimeSpan time, long count);

    public static void MasterUnusable(this ILogger logger, RedisEndPoint master, RedisEndPoint former, Exception reason) =>
        MasterUnusable(logger, master, former, reason.Message);

    public static void CredentialsNotRenewed(this ILogger logger, RedisEndPoint server, Exception reason) =>
        CredentialsNotRenewed(logger, server, reason.Message);
}
