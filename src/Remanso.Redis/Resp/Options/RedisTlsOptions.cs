using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Remanso;

/// <summary>How TLS connections are made. The server's certificate is always checked.</summary>
public sealed class RedisTlsOptions
{
    /// <summary>A PEM file of the authorities to trust instead of the system's; null for the system's.</summary>
    public string? CertificateAuthorityFile { get; set; }

    /// <summary>Our own certificate, for servers that ask for one; null for none.</summary>
    public X509Certificate2? ClientCertificate { get; set; }

    /// <summary>The name that the server's certificate must bear; null for the host connected to. Needed when servers
    /// are reached by address.</summary>
    public string? HostName { get; set; }

    internal void Validate() =>
        RedisOptions.Require(
            CertificateAuthorityFile is null || File.Exists(CertificateAuthorityFile),
            nameof(CertificateAuthorityFile),
            "names no file"
        );

    internal SslClientAuthenticationOptions ForHost(string host)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = HostName ?? host };
        if (ClientCertificate is not null)
        {
            options.ClientCertificates = [ClientCertificate];
        }
        if (CertificateAuthorityFile is not null)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                // A private authority seldom publishes revocations; asking for them would fail every connection.
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.ImportFromPemFile(CertificateAuthorityFile);
            options.CertificateChainPolicy = policy;
        }
        return options;
    }
}
