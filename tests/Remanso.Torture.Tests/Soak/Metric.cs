namespace Remanso.Torture.Tests.Soak;

/// <summary>Something that is measured, and what it may grow by from the end of the warm-up to the end of the soak.</summary>
/// <param name="Name">What the report calls it.</param>
/// <param name="Unit">Its unit; empty for a count.</param>
/// <param name="Share">The growth that is no growth, as a part of its level.</param>
/// <param name="Least">The same in its unit, where that is more.</param>
/// <param name="IsJudged">Whether it is to stay flat: otherwise it is drawn only.</param>
internal sealed record Metric(string Name, string Unit, double Share, double Least, bool IsJudged = true)
{
    public static Metric Memory { get; } = new("resident memory", "MiB", 0.15, 40);

    public static Metric Heap { get; } = new("GC heap", "MiB", 0, 0, IsJudged: false);

    public static Metric Handles { get; } = new("open handles", "", 0.1, 24);

    public static Metric Threads { get; } = new("threads", "", 0.2, 12);

    public static Metric RedisMemory { get; } = new("memory of Redis", "MiB", 0.1, 6);

    public static Metric RedisKeys { get; } = new("keys in Redis", "", 0.1, 1500);

    public static Metric Rows { get; } = new("rows in the database", "", 0.05, 600);

    public static Metric Dirty { get; } = new("dirty entries", "", 0, 0, IsJudged: false);

    public static Metric Lag { get; } = new("age of the oldest dirty entry", "s", 0, 0, IsJudged: false);

    public static Metric Writes { get; } = new("acknowledged writes", "/s", 0, 0, IsJudged: false);

    public static Metric Reads { get; } = new("answered reads", "/s", 0, 0, IsJudged: false);

    /// <summary>All of them, in the order of the report.</summary>
    public static IReadOnlyList<Metric> All { get; } =
    [Memory, Heap, Handles, Threads, RedisMemory, RedisKeys, Rows, Dirty, Lag, Writes, Reads];
}
