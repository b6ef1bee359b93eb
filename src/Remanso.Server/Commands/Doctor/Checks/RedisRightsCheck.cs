using Remanso.Redis.Inspection;

namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether this user may do what the tier does, by doing it under names of its own.</summary>
internal sealed class RedisRightsCheck : ICheck
{
    public string Category => Doctor.Category.Redis;

    public string Name => "rights";

    public string Link => DocLink.Accounts;

    public bool IsFor(Patient patient) => patient.Redis is not null;

    public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        var redis = await patient.ReachRedisAsync(cancellationToken);
        var denied = await redis.FindDeniedAsync(patient.Caches.Keys.First(), cancellationToken);
        if (denied.Count > 0 && denied.All(RightsProbe.Questions.Contains))
        {
            return
            [
                Verdict.Warning(
                    $"this user may not ask: {string.Join(", ", denied)}. The tier works, and what they tell is not checked",
                    "Give it the rights of deploy/redis/users.acl, where Redis has these commands."
                ),
            ];
        }

        return
        [
            denied.Count == 0
                ? Verdict.Ok("this user may do all that the tier does")
                : Verdict.Problem(
                    $"this user may not do: {string.Join(", ", denied)} (or not on keys and channels that begin with "
                        + $"{patient.Tier!.Prefix}:)",
                    "Give it the rights of deploy/redis/users.acl."
                ),
        ];
    }
}
