namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether the memory tier can keep what the caches promise unless a write asks for less.</summary>
internal sealed class PromiseCheck : ICheck
{
    public string Category => Doctor.Category.Settings;

    public string Name => "durability";

    public string Link => DocLink.Promises;

    public bool IsFor(Patient patient) => patient.HasMemoryTier;

    public Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        List<Verdict> verdicts = [];
        foreach (var (cache, options) in patient.Caches)
        {
            if (options.Durability == Durability.Replicated)
            {
                verdicts.Add(
                    Verdict.Problem(
                        $"Remanso:Caches:{cache}:Durability is Replicated, but the tier is this process's memory: every "
                            + "write would be refused",
                        "Use Redis with replicas as the tier, or Stored or Logged."
                    )
                );
            }
            else if (options.Durability == Durability.Logged && patient.JournalPath is null)
            {
                verdicts.Add(
                    Verdict.Problem(
                        $"Remanso:Caches:{cache}:Durability is Logged, but the memory tier has no journal: every write would be refused",
                        "Set ConnectionStrings:Journal (--journal sqlite:PATH), or use Stored."
                    )
                );
            }
        }

        return Task.FromResult<IReadOnlyList<Verdict>>(
            verdicts is [] ? [Verdict.Ok("the memory tier can keep what the caches promise")] : verdicts
        );
    }
}
