using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Remanso.Server.Configuration;

namespace Remanso.Server.Hosting;

/// <summary>Trusts the client certificates of the authorities that are set, and no others.</summary>
internal static class ClientCertificates
{
    /// <exception cref="SettingException">The file of the authorities can't be read.</exception>
    public static void TrustClients(this KestrelServerOptions kestrel, SecuritySettings security)
    {
        if (security.ClientAuthority is not { } path)
        {
            return;
        }

        X509Certificate2Collection authorities = [];
        try
        {
            authorities.ImportFromPemFile(path);
        }
        catch (Exception exception)
            when (exception is IOException or UnauthorizedAccessException or System.Security.Cryptography.CryptographicException)
        {
            throw new SettingException($"{SecuritySettings.ClientAuthorityName}: {path} can't be read: {exception.Message}");
        }

        if (authorities.Count == 0)
        {
            throw new SettingException($"{SecuritySettings.ClientAuthorityName}: {path} holds no certificate");
        }

        kestrel.ConfigureHttpsDefaults(https =>
        {
            https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
            https.ClientCertificateValidation = (certificate, _, _) => IsTrusted(certificate, authorities);
        });
    }

    // Revocation is not looked up: authorities of one's own seldom have a list, and a look-up would be an attacker's to delay.
    private static bool IsTrusted(X509Certificate2 certificate, X509Certificate2Collection authorities)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.2"));
        return chain.Build(certificate);
    }
}
