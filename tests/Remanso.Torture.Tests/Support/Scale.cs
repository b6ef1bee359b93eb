namespace Remanso.Torture.Tests.Support;

/// <summary>How much of it: a short form for every run, and the full one, which is asked for with <c>REMANSO_TORTURE=full</c>.</summary>
/// <param name="Writes">How many writes are to be acknowledged.</param>
/// <param name="Keys">Over how many keys they are spread.</param>
/// <param name="Rounds">How often a scenario repeats its disturbances.</param>
/// <param name="Overlap">For how long two stores save the same keys.</param>
/// <param name="Kills">How often what holds accepted writes is killed.</param>
internal sealed record Scale(int Writes, int Keys, int Rounds, TimeSpan Overlap, int Kills)
{
    private static readonly Scale _short = new(60_000, 10_000, 1, TimeSpan.FromSeconds(3), 3);
    private static readonly Scale _full = new(1_000_000, 100_000, 8, TimeSpan.FromSeconds(60), 50);

    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("REMANSO_TORTURE") == "full";

    public static Scale Current => IsFull ? _full : _short;

    /// <summary>The longest that anything may take that is waited for: an outage to heal, a queue to drain.</summary>
    public static TimeSpan Patience => IsFull ? TimeSpan.FromMinutes(10) : TimeSpan.FromMinutes(1);
}
