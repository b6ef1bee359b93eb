namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether the caches in this Redis are this deployment's.</summary>
internal sealed class RedisOwnerCheck : ICheck
{
    public string Category => Doctor.Category.Redis;

    public string Name => "owner";

    public string Link => DocLink.Redis;

    // Whose store that is can't be compared where this one's can't be read.
    public bool IsFor(Patient patient) => patient is { Redis: not null, Store: not null };

    public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        var redis = await patient.ReachRedisAsync(cancellationToken);
        List<Verdict> verdicts = [];
        foreach (var (cache, options) in patient.Caches)
        {
            var (difference, isRefused) = await redis.CompareAsync(cache, options.Tier, cancellationToken);
            if (difference is not null)
            {
                verdicts.Add(
                    isRefused
                        ? Verdict.Problem(
                            difference,
                            "Give each deployment a prefix of its own (redis://HOST/0?prefix=NAME), or make the settings agree."
                        )
                        : Verdict.Warning(
                            $"{difference} A start would take it over, for nothing is dirty",
                            "Go on if that is meant: whoever runs with the other settings can't write there any more. Else give this "
                                + "deployment a prefix of its own."
                        )
                );
            }
        }

        return verdicts is [] ? [Verdict.Ok("what others have stated there agrees with this configuration")] : verdicts;
    }
}
