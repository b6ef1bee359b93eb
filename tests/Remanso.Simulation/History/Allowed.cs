namespace Remanso.Simulation.History;

/// <summary>What the product doesn't promise, as its pages say it: each has its sentence, which a test looks for on its
/// page, so that page and checker can't differ.</summary>
internal static class Allowed
{
    /// <summary>A near cache on a shared tier: reads of other processes may give what was there before the notice came.</summary>
    public static Allowance Near { get; } =
        new("docs/explanation/near-cache.md", "Other processes** see them when the notice reaches them");

    /// <summary>A process sees its own writes at once, also in the near cache.</summary>
    public static Allowance OwnWrites { get; } =
        new("docs/explanation/near-cache.md", "Your own process** sees its writes, deletes, invalidations and tag removals at once");

    /// <summary>What is marked stale may be older.</summary>
    public static Allowance Stale { get; } =
        new("docs/explanation/reads.md", "Past its TTL a copy is served only if the load failed, took longer than `Load:SoftTimeout`");

    /// <summary>While the tier can't be reached, reads see the database.</summary>
    public static Allowance PastTier { get; } =
        new("docs/explanation/when-redis-is-away.md", "They don't see what was accepted and not flushed before the outage");

    /// <summary>Who joins a query past the tier gets what it saw.</summary>
    public static Allowance Joined { get; } =
        new("docs/explanation/when-redis-is-away.md", "Who joins a query gets what that saw, also where it was a moment before he asked");

    /// <summary>A read from the store looks past the tier.</summary>
    public static Allowance FromStore { get; } = new("docs/explanation/reads.md", "looks past the tier and may lag by the dirty entries");

    /// <summary>A process of the memory tier that dies takes its dirty entries with it.</summary>
    public static Allowance CrashOfMemory { get; } =
        new("docs/explanation/guarantees.md", "| memory | process crash or power cut | every entry dirty at that moment |");

    /// <summary>With a journal it takes less.</summary>
    public static Allowance CrashWithJournal { get; } =
        new(
            "docs/explanation/guarantees.md",
            "| memory with a journal | power cut or kill | what came since its last commit began: one fsync |"
        );

    /// <summary>A shared tier that keeps nothing loses what is dirty.</summary>
    public static Allowance TierForgets { get; } =
        new("docs/explanation/guarantees.md", "| Redis, no AOF | Redis stops or is killed | everything dirty |");

    /// <summary>A call whose answer was lost may have happened.</summary>
    public static Allowance LostAnswer { get; } =
        new(
            "docs/explanation/when-redis-is-away.md",
            "Where `MayHaveHappened` is true, Redis may have carried the write out, or may still do so"
        );

    /// <summary>Refused rows that have nothing beside them wait, and a flush by hand with them.</summary>
    public static Allowance Refused { get; } =
        new("docs/explanation/values.md", "rows of a worker that stores nothing else wait with it, and so does a flush by hand");

    public static IReadOnlyList<Allowance> All { get; } =
    [Near, OwnWrites, Stale, PastTier, Joined, FromStore, CrashOfMemory, CrashWithJournal, TierForgets, LostAnswer, Refused];
}

/// <summary>What a page says.</summary>
/// <param name="Page">The page.</param>
/// <param name="Text">Words that stand on it.</param>
internal sealed record Allowance(string Page, string Text);
