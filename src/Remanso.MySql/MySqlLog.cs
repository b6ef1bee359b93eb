using Microsoft.Extensions.Logging;

namespace Remanso.MySql;

internal static partial class MySqlLog
{
    [LoggerMessage(
        1,
        LogLevel.Warning,
        "{Table} of {Database} has no index on gone_at, so every purge reads all rows of its cache. This mends it: {Sql}"
    )]
    public static partial void IndexMissing(this ILogger logger, string table, string database, string sql);
}
