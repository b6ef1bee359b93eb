namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether Redis could evict what the database does not have yet, or what makes a repeated request count once.</summary>
internal sealed class RedisEvictionCheck : ICheck
{
    public string Category => Doctor.Category.Redis;

    public string Name => "eviction";

    public string Link => DocLink.Redis;

    public bool IsFor(Patient patient) => patient.Redis is not null;

    public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken) =>
        [
            .. (await patient.ReadRedisAsync(cancellationToken)).Select(static server =>
                server.Settings switch
                {
                    { EvictionPolicy: null } => Verdict.Unknown(
                        $"{server.Server} does not tell its maxmemory-policy",
                        "Allow this user INFO."
                    ),
                    { EvictionProblem: { } problem } => Verdict.Problem(
                        $"{server.Server} {problem}",
                        "CONFIG SET maxmemory-policy noeviction, and in redis.conf."
                    ),
                    { MayEvictEarly: true } settings => Verdict.Warning(
                        $"{server.Server} has maxmemory-policy {settings.EvictionPolicy}: when it is full, it may forget which "
                            + "Idempotency-Keys were used, and a repeated request counts twice",
                        "CONFIG SET maxmemory-policy noeviction, and in redis.conf, where clients send Idempotency-Key."
                    ),
                    var settings => Verdict.Ok($"{server.Server} has {settings.EvictionPolicy}"),
                }
            ),
        ];
}
