namespace Remanso.Server.Commands.Doctor;

/// <summary>Where the manual speaks of what is checked.</summary>
internal static class DocLink
{
    public const string ServerSettings = "docs/operations.md#settings-of-the-server";
    public const string CacheSettings = "docs/operations.md#settings-of-a-cache";
    public const string Sizing = "docs/operations.md#sizing";
    public const string Redis = "docs/operations.md#redis-as-the-tier";
    public const string Promises = "docs/guarantees.md#what-a-write-promises";
    public const string Journal = "docs/guarantees.md#the-journal";
    public const string Clocks = "docs/guarantees.md#when-the-tier-forgets-fills-up-is-shared-or-its-clock-moves";
    public const string WhoIsAnswered = "docs/security.md#who-is-answered";
    public const string Tls = "docs/security.md#tls-and-client-certificates";
    public const string Secrets = "docs/security.md#secrets-of-connections";
    public const string Accounts = "docs/security.md#accounts-that-suffice";
    public const string Deployment = "docs/operations.md#deployment";
    public const string DeadLetters = "docs/runbook.md#remansodeadletters";
    public const string Lag = "docs/runbook.md#remansolaghigh";
}
