using Microsoft.Extensions.Logging;
using Remanso.Redis.Resp;

namespace Remanso.Redis;

internal static partial class RedisLog
{
    [LoggerMessage(1, LogLevel.Warning, "Redis {Server} keeps no append-only file: writes that were not flushed are lost if it stops. Set appendonly yes")]
    public static partial void AppendOnlyFileOff(this ILogger logger, RedisEndPoint server);

    [LoggerMessage(2, LogLevel.Warning, "Redis {Server} does not tell its maxmemory-policy: make sure that it is noeviction or volatile-*, others may evict writes that were not flushed")]
    public static partial void EvictionPolicyUnknown(this ILogger logger, RedisEndPoint server);

    [LoggerMessage(3, LogLevel.Warning, "Redis {Server} does not tell how it persists (appendonly, appendfsync): what an accepted write survives is unknown here")]
    public static partial void PersistenceUnknown(this ILogger logger, RedisEndPoint server);

    [LoggerMessage(4, LogLevel.Error, "The dirty entry {Key} in Redis was overwritten by something that is no entry: the write is lost")]
    public static partial void EntryLost(this ILogger logger, string key);
}
