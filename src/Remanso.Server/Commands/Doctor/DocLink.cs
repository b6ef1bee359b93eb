namespace Remanso.Server.Commands.Doctor;

/// <summary>Where the manual speaks of what is checked.</summary>
internal static class DocLink
{
    public const string ServerSettings = "docs/reference/server-options.md#settings-of-the-server";
    public const string CacheSettings = "docs/reference/cache-options.md#settings-of-a-cache";
    public const string Sizing = "docs/explanation/sizing.md#sizing";
    public const string Redis = "docs/reference/redis.md#settings-of-redis";
    public const string Promises = "docs/explanation/guarantees.md#what-a-write-promises";
    public const string Journal = "docs/explanation/journal.md#the-journal";
    public const string Clocks = "docs/explanation/when-the-tier-forgets.md#clocks";
    public const string WhoIsAnswered = "docs/how-to/security.md#who-is-answered";
    public const string Limits = "docs/reference/access.md#limits";
    public const string Tls = "docs/how-to/security.md#tls-and-client-certificates";
    public const string Secrets = "docs/how-to/security.md#secrets-of-connections";
    public const string Accounts = "docs/how-to/security.md#accounts-that-suffice";
    public const string Deployment = "docs/how-to/operations.md#deployment";
    public const string DeadLetters = "docs/how-to/runbook.md#remansodeadletters";
    public const string CachesLeft = "docs/how-to/backup-upgrade-move.md#caches-that-nobody-flushes";
    public const string Lag = "docs/how-to/runbook.md#remansolaghigh";
}
