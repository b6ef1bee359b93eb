using Microsoft.AspNetCore.Server.Kestrel;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Remanso.Server.Configuration;

namespace Remanso.Server.Hosting;

/// <summary>Shows certificates of files as they are now, and not as they were at the start. Not those of <c>Sni</c>, which
/// are chosen by name.</summary>
internal static class ServerCertificates
{
    /// <returns>The certificate of <c>urls</c>; null where it is of no file, or endpoints have the word.</returns>
    /// <exception cref="SettingException">A file has no certificate with its key.</exception>
    public static RenewedCertificate? ShowRenewed(
        this KestrelServerOptions kestrel,
        KestrelConfigurationLoader loader,
        IConfiguration configuration
    )
    {
        var services = kestrel.ApplicationServices;
        RenewedCertificate? CertificateOf(IConfigurationSection section) =>
            section["Path"] is { Length: > 0 }
                ? new RenewedCertificate(
                    section,
                    services.GetRequiredService<TimeProvider>(),
                    services.GetRequiredService<ILoggerFactory>().CreateLogger("Remanso.Server")
                )
                : null;

        var unlessSet = CertificateOf(configuration.GetSection(KestrelSettings.DefaultCertificate));
        var endpoints = configuration.GetSection(KestrelSettings.EndpointsName).GetChildren().ToArray();
        foreach (var endpoint in endpoints.Where(static endpoint => !endpoint.GetSection("Sni").GetChildren().Any()))
        {
            // By what it says, as Kestrel does: a section whose settings are empty has no certificate.
            var own = endpoint.GetSection("Certificate");
            var ofStore = own["Subject"] is { Length: > 0 };
            if ((CertificateOf(own) ?? (ofStore ? null : unlessSet)) is { } certificate)
            {
                loader.Endpoint(endpoint.Key, listening => listening.HttpsOptions.OnAuthenticate += certificate.Show);
            }
        }

        return endpoints.Length == 0 ? unlessSet : null;
    }
}
