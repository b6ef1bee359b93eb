using Remanso.AspNetCore.Security.Guards;
using Remanso.Telemetry;

namespace Remanso.AspNetCore.Security.Audit;

/// <summary>
/// Who operated on what, and what was refused, in a log category of its own. Keys of entries stand there as a hash, and only so
/// many records a
/// second: nobody fills a disk by being refused.
/// </summary>
internal sealed partial class AuditLog(ILoggerFactory loggers, TimeProvider time)
{
    /// <summary>The category.</summary>
    public const string Category = "Remanso.Audit";

    private const int RefusalsPerSecond = 20;
    private const int OperationsPerSecond = 500;

    private readonly ILogger _logger = SafeLogger.Of(loggers.CreateLogger(Category));
    private readonly RecordBudget _refusals = new(RefusalsPerSecond, time);
    private readonly RecordBudget _operations = new(OperationsPerSecond, time);

    /// <summary>Records a call that operated on a cache.</summary>
    public void Operated(HttpContext context, string actor, string? cache)
    {
        if (Take(_operations, "operations"))
        {
            LogOperated(
                _logger,
                actor,
                Peer.Name(context),
                CallName.Of(context),
                NameOf(cache),
                CallName.KeyHashOf(context),
                context.Response.StatusCode
            );
        }
    }

    /// <summary>Records a refusal.</summary>
    public void Refused(HttpContext context, Refusal refusal, string actor, string? cache) =>
        Refused(context, refusal, actor, cache, static context => CallName.SentKeyHashOf(context));

    /// <summary>Records that a handler found something to be not granted.</summary>
    public void Denied(HttpContext context, Refusal refusal, string actor, string cache, string? key) =>
        Refused(context, refusal, actor, cache, context => key is null ? CallName.KeyHashOf(context) : new HashedKey(key).ToString());

    private void Refused(HttpContext context, Refusal refusal, string actor, string? cache, Func<HttpContext, string> keyHashOf)
    {
        if (Take(_refusals, "refusals"))
        {
            LogRefused(
                _logger,
                actor,
                Peer.Name(context),
                CallName.Of(context),
                NameOf(cache),
                keyHashOf(context),
                refusal.Name,
                refusal.Status
            );
        }
    }

    // As it was sent, it may be anything: what no cache can be named is not repeated.
    private static string NameOf(string? cache) =>
        cache is null ? "-"
        : CachePattern.IsValid(cache) && !cache.Contains('*', StringComparison.Ordinal) ? cache
        : "?";

    private bool Take(RecordBudget budget, string what)
    {
        if (!_logger.IsEnabled(LogLevel.Information) || !budget.TryTake(out var omitted))
        {
            return false;
        }

        if (omitted > 0)
        {
            LogOmitted(_logger, omitted, what);
        }

        return true;
    }

    [LoggerMessage(301, LogLevel.Information, "{Actor} at {Peer}: {Action}, cache {Cache}, key {KeyHash}: {Status}")]
    private static partial void LogOperated(
        ILogger logger,
        string actor,
        string peer,
        string action,
        string cache,
        string keyHash,
        int status
    );

    [LoggerMessage(302, LogLevel.Warning, "{Actor} at {Peer}: {Action}, cache {Cache}, key {KeyHash}: refused, {Reason} ({Status})")]
    private static partial void LogRefused(
        ILogger logger,
        string actor,
        string peer,
        string action,
        string cache,
        string keyHash,
        string reason,
        int status
    );

    [LoggerMessage(303, LogLevel.Warning, "{Count} records of {What} were left out, too many came at once")]
    private static partial void LogOmitted(ILogger logger, long count, string what);
}
