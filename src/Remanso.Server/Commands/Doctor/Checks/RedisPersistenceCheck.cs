using Remanso.Redis;
using Remanso.Redis.Inspection;

namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>What Redis has after a crash, against what the caches promise.</summary>
internal sealed class RedisPersistenceCheck : ICheck
{
    public string Category => Doctor.Category.Redis;

    public string Name => "persistence";

    public string Link => DocLink.Promises;

    public bool IsFor(Patient patient) => patient.Redis is not null;

    private const string Always = "Set appendonly yes and appendfsync always.";

    public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        var logged = patient.Caches.FirstOrDefault(static cache => cache.Value.Durability == Durability.Logged).Key;
        return [.. (await patient.ReadRedisAsync(cancellationToken)).Select(server => Judge(server, logged))];
    }

    private static Verdict Judge(ServerReport server, string? logged) =>
        server.Settings.Persistence switch
        {
            RedisPersistence.EveryWrite => Verdict.Ok($"{server.Server} syncs every write"),
            RedisPersistence.Unknown => Verdict.Unknown(
                $"{server.Server} does not tell how it persists",
                "Allow this user INFO and CONFIG GET."
            ),
            not RedisPersistence.EveryWrite when logged is not null => Verdict.Problem(
                $"Remanso:Caches:{logged}:Durability is Logged, but {server.Server} does not sync each write: every write would be refused",
                Always
            ),
            RedisPersistence.None => Verdict.Warning(
                $"{server.Server} keeps no append-only file: its restart loses what was not flushed",
                "Set appendonly yes, and appendfsync everysec or always."
            ),
            RedisPersistence.Unsynced => Verdict.Warning(
                $"{server.Server} has appendfsync no: a crash of its machine loses what was not flushed",
                "Set appendfsync everysec or always."
            ),
            _ => Verdict.Ok($"{server.Server} syncs its append-only file every second"),
        };
}
