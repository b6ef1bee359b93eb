using Microsoft.Extensions.Logging;

namespace Remanso.Postgres;

internal static partial class PostgresLog
{
    [LoggerMessage(
        1,
        LogLevel.Warning,
        "{Database} can't be listened to for changes by others, trying again in {Delay}; every copy is dropped then: {Error}"
    )]
    public static partial void ChangesLost(this ILogger logger, string database, TimeSpan delay, string error);

    [LoggerMessage(2, LogLevel.Information, "{Database} is listened to for changes by others")]
    public static partial void ChangesHeard(this ILogger logger, string database);

    [LoggerMessage(3, LogLevel.Warning, "{Database} sent a notification that is not Remanso's, and is ignored: {Payload}")]
    public static partial void ChangeUnreadable(this ILogger logger, string database, string payload);

    [LoggerMessage(4, LogLevel.Warning, "A pooler stands between this process and {Database}. {Hint}")]
    public static partial void PoolerSeen(this ILogger logger, string database, string hint);
}
