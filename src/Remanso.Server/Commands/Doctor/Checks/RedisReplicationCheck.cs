using Remanso.Redis.Inspection;

namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether there are the replicas that a promise needs, and the setting that keeps a cut-off master from accepting.</summary>
internal sealed class RedisReplicationCheck : ICheck
{
    public string Category => Doctor.Category.Redis;

    public string Name => "replicas";

    public string Link => DocLink.Promises;

    public bool IsFor(Patient patient) => patient.Redis is not null && Wanted(patient) > 0;

    public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        var wanted = Wanted(patient);
        return [.. (await patient.ReadRedisAsync(cancellationToken)).Select(server => Judge(server, wanted))];
    }

    private static Verdict Judge(ServerReport server, int wanted)
    {
        if (server.Replicas is null)
        {
            return Verdict.Unknown($"{server.Server} does not tell its replicas", "Allow this user ROLE or INFO.");
        }

        if (server.Replicas < wanted)
        {
            return Verdict.Problem(
                $"{server.Server} has {server.Replicas} connected replicas, and Durability: Replicated asks for {wanted}: "
                    + "every write would be refused",
                "Connect more replicas, or lower Tier:Replicas."
            );
        }

        return server.MinReplicas switch
        {
            null => Verdict.Unknown($"{server.Server} does not tell its min-replicas-to-write", "Allow this user CONFIG GET."),
            var least when least < wanted => Verdict.Warning(
                $"{server.Server} has min-replicas-to-write {least}: a master that was cut off goes on accepting writes, "
                    + "which its successor never sees",
                $"Set min-replicas-to-write {wanted} and min-replicas-max-lag 10."
            ),
            _ => Verdict.Ok($"{server.Server} has {server.Replicas} replicas, and takes no writes without {server.MinReplicas}"),
        };
    }

    private static int Wanted(Patient patient) =>
        patient
            .Caches.Values.Where(static cache => cache.Durability == Durability.Replicated)
            .Select(static cache => cache.Tier.Replicas)
            .DefaultIfEmpty()
            .Max();
}
