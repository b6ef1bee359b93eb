using Microsoft.Extensions.Logging;

namespace Remanso.Telemetry;

internal static partial class JournalLog
{
    [LoggerMessage(40, LogLevel.Information, "Journal {Journal}: {Entries} dirty entries and {DeadLetters} dead letters recovered")]
    public static partial void JournalRecovered(this ILogger logger, string journal, long entries, long deadLetters);

    [LoggerMessage(41, LogLevel.Critical, "Journal {Journal}: {Damage}")]
    public static partial void JournalDamaged(this ILogger logger, string journal, string damage);

    [LoggerMessage(
        42,
        LogLevel.Warning,
        "Journal {Journal}: {Entries} dirty entries belong to the cache {Cache}, which is not declared; they stay in the journal"
    )]
    public static partial void JournalOfUnknownCache(this ILogger logger, string journal, long entries, string cache);

    [LoggerMessage(
        43,
        LogLevel.Error,
        "Journal {Journal}: {Records} records could not be written, try {Attempt}; they are tried again: {Error}"
    )]
    public static partial void JournalFailed(this ILogger logger, string journal, int records, int attempt, string error);

    [LoggerMessage(44, LogLevel.Information, "Journal {Journal}: it can be written again")]
    public static partial void JournalRestored(this ILogger logger, string journal);

    [LoggerMessage(
        46,
        LogLevel.Warning,
        "Cache {Cache}: stopped with {Entries} entries ({Bytes} bytes) that the store does not have; the journal keeps them "
            + "for the next start"
    )]
    public static partial void StoppedKept(this ILogger logger, string cache, long entries, long bytes);

    [LoggerMessage(45, LogLevel.Error, "Journal {Journal}: closed without its last {Records} records: {Error}")]
    public static partial void JournalIncomplete(this ILogger logger, string journal, int records, string error);
}
