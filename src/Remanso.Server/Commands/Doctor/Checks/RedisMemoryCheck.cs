using System.Globalization;
using Remanso.Redis.Inspection;
using Remanso.Redis.Watch;

namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>How much room Redis has.</summary>
internal sealed class RedisMemoryCheck : ICheck
{
    public string Category => Doctor.Category.Redis;

    public string Name => "memory";

    public string Link => DocLink.Sizing;

    public bool IsFor(Patient patient) => patient.Redis is not null;

    public async Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken) =>
        [.. (await patient.ReadRedisAsync(cancellationToken)).Select(Judge)];

    private static Verdict Judge(ServerReport server)
    {
        var most = server.Look.MaxBytes > 0 ? server.Look.MaxBytes : server.MachineBytes;
        if (most <= 0)
        {
            return Verdict.Unknown($"{server.Server} does not tell its memory", "Allow this user INFO.");
        }

        var percent = 100.0 * server.Look.UsedBytes / most;
        var message = string.Create(
            CultureInfo.InvariantCulture,
            $"{server.Server} uses {Bytes.Text(server.Look.UsedBytes)} of {Bytes.Text(most)} "
                + $"({(server.Look.MaxBytes > 0 ? "maxmemory" : "its machine's, for it has no maxmemory")})"
        );
        const string Fix = "Raise maxmemory, or let less be cached: shorter Ttl:Base, lower Tier:MaxDirtyBytes.";
        return percent switch
        {
            >= ServerWatch.WritesEndAt => Verdict.Problem($"{message}: new writes are refused", Fix),
            >= ServerWatch.FillsEndAt => Verdict.Warning($"{message}: nothing more is cached", Fix),
            _ when server.Look.MaxBytes == 0 => Verdict.Warning(
                $"{message}: nothing holds writes back before its machine or its container is full, and it is killed",
                "CONFIG SET maxmemory to what it may take, with room for a rewrite of its log, and in redis.conf."
            ),
            _ => Verdict.Ok(message),
        };
    }
}
