using Remanso.Server.Configuration;

namespace Remanso.Server.Commands.Doctor.Checks;

/// <summary>Whether keys travel in the clear.</summary>
internal sealed class PlainHttpCheck : ICheck
{
    public string Category => Doctor.Category.Exposure;

    public string Name => "HTTPS";

    public string Link => DocLink.Tls;

    public bool IsFor(Patient patient) => patient.Addresses.Count > 0;

    public Task<IReadOnlyList<Verdict>> RunAsync(Patient patient, CancellationToken cancellationToken)
    {
        var asks =
            SecuritySettings.KeyFileOf(patient.Configuration) is not null
            || patient.Configuration.GetSection(SecuritySettings.Name + ":Jwt").Exists();
        var plain = patient.Addresses.FirstOrDefault(static address =>
            !SecuritySettings.IsLocal(address) && !address.StartsWith("https:", StringComparison.OrdinalIgnoreCase)
        );
        return Task.FromResult<IReadOnlyList<Verdict>>([
            asks && plain is not null
                ? Verdict.Warning(
                    $"keys travel unencrypted to {plain}",
                    "Listen on https:// with a certificate, or stand behind a proxy that does and let nobody else reach the address."
                )
                : Verdict.Ok("no key travels unencrypted beyond this machine"),
        ]);
    }
}
