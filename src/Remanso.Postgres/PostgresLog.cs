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

    [LoggerMessage(
        4,
        LogLevel.Warning,
        "A pooler stands between this process and {Database}, whose connections are used without prepared statements. {Hint}"
    )]
    public static partial void PoolerSeen(this ILogger logger, string database, string hint);

    [LoggerMessage(
        5,
        LogLevel.Warning,
        "Nothing tells of changes by others in {Table} of {Database}: the triggers that do are missing or disabled. {Cure} (every copy "
            + "is dropped then)"
    )]
    public static partial void ChangesUntold(this ILogger logger, string table, string database, string cure);

    [LoggerMessage(
        6,
        LogLevel.Warning,
        "{Table} of {Database} has no index on gone_at, so every purge reads all rows of its cache. This mends it: {Sql}"
    )]
    public static partial void IndexMissing(this ILogger logger, string table, string database, string sql);

    [LoggerMessage(
        7,
        LogLevel.Warning,
        "{Table} of {Database} is UNLOGGED: a crash of the server empties it, and what was told as stored is gone. This mends it: "
            + "ALTER TABLE {Table} SET LOGGED"
    )]
    public static partial void TableUnlogged(this ILogger logger, string table, string database);
}
