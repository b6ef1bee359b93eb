using Remanso.Redis.Inspection;
using Remanso.Redis.Resp;

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
        IReadOnlyList<string> denied;
        try
        {
            denied = await redis.FindDeniedAsync(patient.Caches.Keys.First(), cancellationToken);
        }
        catch (RedisServerException exception) when (exception.RefusesWrites)
        {
            return
            [
                Verdict.Problem($"Redis refuses writes, and what is dirty there can't be flushed: {Say(exception)}", CureOf(exception)),
            ];
        }

        if (denied.Count == 0)
        {
            return [Verdict.Ok("this user may do all that the tier does")];
        }

        var unasked = denied.Where(RightsProbe.Questions.Contains).ToArray();
        var slow = denied.Where(RightsProbe.Shortcuts.Contains).ToArray();
        if (denied.Count > unasked.Length + slow.Length)
        {
            return
            [
                Verdict.Problem(
                    $"this user may not do: {string.Join(", ", denied)} (or not on keys and channels that begin with "
                        + $"{patient.Tier!.Prefix}:)",
                    "Give it the rights of deploy/redis/users.acl."
                ),
            ];
        }

        List<Verdict> warnings = [];
        if (unasked.Length > 0)
        {
            warnings.Add(
                Verdict.Warning(
                    $"this user may not ask: {string.Join(", ", unasked)}. The tier works, and what they tell is not checked",
                    "Give it the rights of deploy/redis/users.acl, where Redis has these commands."
                )
            );
        }

        if (slow.Length > 0)
        {
            warnings.Add(
                Verdict.Warning(
                    $"this user may not do: {string.Join(", ", slow)}. The tier works, and writes that come together cost Redis a tenth "
                        + "more, with a denied command in its ACL LOG each time",
                    "Give it the rights of deploy/redis/users.acl."
                )
            );
        }

        return warnings;
    }

    // Without the place in the script that it adds.
    private static string Say(RedisServerException exception) => exception.Message.ReplaceLineEndings(" ").Split(" script: ", 2)[0];

    private static string CureOf(RedisServerException exception) =>
        exception.Code switch
        {
            "MISCONF" => "Give its disk room, or mend its rights there: its log says what it could not write. It takes writes again by "
                + "itself with its next snapshot or write of its log.",
            "NOREPLICAS" => "Start its replicas or look why they lag, or lower min-replicas-to-write.",
            _ => "Bring the missing masters of the cluster back: it accepts reads only.",
        };
}
