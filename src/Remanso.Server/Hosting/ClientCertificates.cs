using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Remanso.Server.Configuration;

namespace Remanso.Server.Hosting;

/// <summary>Trusts the client certificates of the authorities that are set, and no others.</summary>
internal static class ClientCertificates
{
    /// <summary>What a client certificate must stand up to; null where none is asked for.</summary>
    /// <exception cref="SettingException">The file of the authorities can't be read.</exception>
    public static X509ChainPolicy? PolicyOf(SecuritySettings security)
    {
        if (security.ClientAuthority is not { } path)
        {
            return null;
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

        return PolicyOf(authorities);
    }

    /// <summary>Lets those connect whose certificate stands up to a policy.</summary>
    public static void TrustClients(this HttpsConnectionAdapterOptions https, X509ChainPolicy policy)
    {
        https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
        https.ClientCertificateValidation = static (_, _, errors) => errors == SslPolicyErrors.None;
        // A copy, for the intermediate certificates that a client sends are put into it.
        https.OnAuthenticate += (_, ssl) => ssl.CertificateChainPolicy = policy.Clone();
    }

    // Revocation is not looked up: authorities of one's own seldom have a list, and a look-up would be an attacker's to
    // delay. Nor is an issuer that is not sent: the certificate, so whoever made it, would say from where.
    private static X509ChainPolicy PolicyOf(X509Certificate2Collection authorities)
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authorities);
        policy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.2"));
        return policy;
    }
}
