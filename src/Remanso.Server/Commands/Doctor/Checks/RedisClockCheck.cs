namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether the clock of Redis, which issues versions, agrees with this machine's.</summary>
internal sealed class RedisClockCheck : ICheck
{
    public string Category => Doctor.Category.Redis;

    public string Name => "clock";

    public string Link => DocLink.Clocks;

    public bool IsFor(Patient patient) => patient.Redis is not null;

    public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken) =>
        [Skew.Judge("Redis", await (await patient.ReachRedisAsync(cancellationToken)).SkewAsync(cancellationToken))];
}
