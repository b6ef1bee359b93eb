using Remanso.Redis.Resp;

namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether Redis answers, as this user.</summary>
internal sealed class RedisReachableCheck : ICheck
{
    public string Category => Doctor.Category.Redis;

    public string Name => "reachable";

    public string Link => DocLink.Redis;

    public bool IsFor(Patient patient) => patient.Redis is not null;

    public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        try
        {
            await patient.ReachRedisAsync(cancellationToken);
            return [Verdict.Ok(patient.Tier!.ToString())];
        }
        catch (RedisException exception)
        {
            return
            [
                Verdict.Problem(
                    exception.Message.ReplaceLineEndings(" "),
                    "Look whether it runs, whether this machine reaches it, and whether user and password are right."
                ),
            ];
        }
    }
}
