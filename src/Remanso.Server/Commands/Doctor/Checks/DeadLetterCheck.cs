namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether the database has refused entries for good, which wait for somebody.</summary>
internal sealed class DeadLetterCheck : ICheck
{
    public string Category => Doctor.Category.Data;

    public string Name => "dead letters";

    public string Link => DocLink.DeadLetters;

    public bool IsFor(Patient patient) => patient.Redis is not null;

    public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        var redis = await patient.ReachRedisAsync(cancellationToken);
        List<Verdict> verdicts = [];
        foreach (var (cache, options) in patient.Caches)
        {
            if ((await redis.CountAsync(cache, options.Tier, cancellationToken)).DeadLetters is > 0 and var waiting)
            {
                verdicts.Add(
                    Verdict.Warning(
                        $"{waiting} dead letters of the cache {cache} wait for somebody",
                        "remanso dead-letters list shows why; correct, replay or drop them."
                    )
                );
            }
        }

        return verdicts is [] ? [Verdict.Ok("none wait")] : verdicts;
    }
}
