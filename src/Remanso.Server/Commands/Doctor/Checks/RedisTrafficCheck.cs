using Remanso.Sql.Inspection;

namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether what travels to Redis can be read on the way, and who else is let in there.</summary>
internal sealed class RedisTrafficCheck : ICheck
{
    public string Category => Doctor.Category.Exposure;

    public string Name => "way to Redis";

    public string Link => DocLink.Tls;

    public bool IsFor(Patient patient) => patient.Tier is not null;

    public Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        var tier = patient.Tier!;
        List<Verdict> verdicts = [];
        var remote = tier
            .EndPoints.Where(static server => !server.IsUnixSocket && !LocalHost.Is(server.Host))
            .Select(static server => server.Host)
            .ToArray();
        if (tier.Tls is null && remote is [var host, ..])
        {
            verdicts.Add(
                Verdict.Warning(
                    $"values and the password travel unencrypted to Redis at {host}",
                    "Use rediss://, or a network that nobody else is in."
                )
            );
        }

        if (tier.Password is null && tier.PasswordFile is null && remote is [var open, ..])
        {
            // Redis may take the name in a certificate for its user; whether it does, it alone knows.
            verdicts.Add(
                Verdict.Warning(
                    tier.Tls?.ClientCertificateFile is null
                        ? $"the sign-in to Redis at {open} has no password: whoever reaches it can read and change everything"
                        : $"the sign-in to Redis at {open} has no password: a certificate of that authority may open everything",
                    "Give Remanso a user of its own, as deploy/redis/users.acl does."
                )
            );
        }

        return Task.FromResult<IReadOnlyList<Verdict>>(
            verdicts is [] ? [Verdict.Ok(remote is [] ? "Redis is on this machine" : "encrypted, with a password")] : verdicts
        );
    }
}
