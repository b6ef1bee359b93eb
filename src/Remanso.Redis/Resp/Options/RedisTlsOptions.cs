using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Remanso.Common;

namespace Remanso;

/// <summary>How TLS connections are made. The server's certificate is always checked.</summary>
public sealed class RedisTlsOptions
{
    private static readonly CertificateSettings _settings = new(
        nameof(ClientCertificateFile),
        nameof(ClientKeyFile),
        nameof(ClientKeyPassword)
    );

    private readonly Lock _gate = new();
    private CertificateFiles? _files;

    /// <summary>A PEM file of the authorities to trust instead of the system's; null for the system's. Read for each new
    /// connection.</summary>
    public string? CertificateAuthorityFile { get; set; }

    /// <summary>Our own certificate, for servers that ask for one; null for none.</summary>
    public X509Certificate2? ClientCertificate { get; set; }

    /// <summary>A file with our own certificate, instead of <see cref="ClientCertificate"/>: PEM, with those of the
    /// authorities in between behind it, DER, or PKCS #12 (PFX) with its key. Where it changes, new connections show the
    /// new one.</summary>
    public string? ClientCertificateFile { get; set; }

    /// <summary>A PEM file with the key of <see cref="ClientCertificateFile"/>; null where that file has it, as PKCS #12
    /// always must.</summary>
    public string? ClientKeyFile { get; set; }

    /// <summary>The password of the key; null where it has none.</summary>
    public string? ClientKeyPassword { get; set; }

    /// <summary>The name that the server's certificate must bear; null for the host connected to. Needed when servers
    /// are reached by address.</summary>
    public string? HostName { get; set; }

    internal void Validate()
    {
        RedisOptions.Require(
            ClientCertificateFile is null || ClientCertificate is null,
            nameof(ClientCertificateFile),
            "stands beside ClientCertificate: one of them has to go"
        );
        RedisOptions.Require(
            ClientKeyFile is null || ClientCertificateFile is not null,
            nameof(ClientKeyFile),
            "needs a ClientCertificateFile beside it"
        );
        RedisOptions.Require(
            ClientKeyPassword is null || ClientCertificateFile is not null,
            nameof(ClientKeyPassword),
            "needs a ClientCertificateFile beside it"
        );
        RedisOptions.Require(ClientCertificate is not { HasPrivateKey: false }, nameof(ClientCertificate), "has no private key");
        _ = Authorities();
        _ = OwnCertificate(static _ => { });
    }

    /// <summary>What is asked of a server, and shown to it.</summary>
    /// <param name="host">The host connected to.</param>
    /// <param name="notRenewed">Is told when a new certificate of our own can't be used, and why.</param>
    internal SslClientAuthenticationOptions ForHost(string host, Action<Exception> notRenewed)
    {
        var options = new SslClientAuthenticationOptions { TargetHost = HostName ?? host };
        if (ClientCertificate is not null)
        {
            options.ClientCertificates = [ClientCertificate];
        }
        options.ClientCertificateContext = OwnCertificate(notRenewed);
        if (Authorities() is { } authorities)
        {
            var policy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                // A private authority seldom publishes revocations; asking for them would fail every connection.
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.AddRange(authorities);
            options.CertificateChainPolicy = policy;
        }
        return options;
    }

    /// <summary>Whether a certificate of our own is shown.</summary>
    internal bool ShowsCertificate => ClientCertificate is not null || ClientCertificateFile is not null;

    /// <summary>The same error, with the settings that decide.</summary>
    internal AuthenticationException Explain(AuthenticationException error, string host)
    {
        // What the server says to a client's certificate is in the innermost one.
        var cause = error.InnerException is null ? "" : $" ({error.GetBaseException().Message})";
        return new(
            $"{error.Message}{cause} The server was asked to be {HostName ?? host} (HostName), and to have its certificate from "
                + $"{CertificateAuthorityFile ?? "an authority of the system"} (CertificateAuthorityFile).",
            error
        );
    }

    private X509Certificate2Collection? Authorities()
    {
        if (CertificateAuthorityFile is not { } file)
        {
            return null;
        }
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw RedisOptions.Wrong(nameof(CertificateAuthorityFile), $"names {file}, which can't be read: {error.Message}", error);
        }
        RedisOptions.Require(authorities.Count > 0, nameof(CertificateAuthorityFile), $"names {file}, which has no certificate in PEM");
        return authorities;
    }

    private SslStreamCertificateContext? OwnCertificate(Action<Exception> notRenewed)
    {
        if (ClientCertificateFile is null)
        {
            return null;
        }
        CertificateFiles files;
        lock (_gate)
        {
            files = _files ??= new(ClientCertificateFile, ClientKeyFile, ClientKeyPassword, _settings);
        }
        try
        {
            return files.Get(error => notRenewed(WrongFile(error)));
        }
        catch (CertificateFileException error)
        {
            throw WrongFile(error);
        }
    }

    private static ArgumentException WrongFile(CertificateFileException error) =>
        RedisOptions.Wrong(error.Setting, error.Problem, error.InnerException);
}
