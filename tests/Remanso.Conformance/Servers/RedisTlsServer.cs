using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace Remanso.Conformance.Servers;

/// <summary>A server that speaks TLS only, asks for a client certificate, and lets in the ACL user
/// <see cref="User"/> and nobody else. Its certificates are made here, for the name <see cref="HostName"/>.</summary>
public sealed class RedisTlsServer : IAsyncLifetime
{
    public const string HostName = "redis.test";

    /// <summary>The user who is let in.</summary>
    public const string User = "remanso";

    /// <summary>The password of <see cref="User"/>.</summary>
    public const string Password = "p@ss:w/rd%";

    public RedisProcess Process { get; private set; } = null!;

    public string AuthorityFile => Path.Combine(Process.Directory, "ca.pem");

    internal string ServerCertificateFile => Path.Combine(Process.Directory, "server.pem");

    internal string ServerKeyFile => Path.Combine(Process.Directory, "server.key");

    public string ClientCertificateFile => Path.Combine(Process.Directory, "client.pem");

    public string ClientKeyFile => Path.Combine(Process.Directory, "client.key");

    public X509Certificate2 ClientCertificate { get; private set; } = null!;

    /// <summary>The address with user and password, percent-encoded.</summary>
    public string Address => $"rediss://{User}:{Uri.EscapeDataString(Password)}@127.0.0.1:{Process.Port}";

    public async ValueTask InitializeAsync()
    {
        var directory = RedisProcess.MakeDirectory();
        string In(string file) => Path.Combine(directory, file);

        using var authority = MakeAuthority();
        using var server = Issue(authority, HostName);
        ClientCertificate = Issue(authority, "remanso-client");
        await File.WriteAllTextAsync(In("ca.pem"), authority.ExportCertificatePem());
        await File.WriteAllTextAsync(In("client.pem"), ClientCertificate.ExportCertificatePem());
        await File.WriteAllTextAsync(In("client.key"), ClientCertificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(In("server.pem"), server.ExportCertificatePem());
        await File.WriteAllTextAsync(In("server.key"), server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        await File.WriteAllTextAsync(In("users.acl"), $"user default off\nuser {User} on >{Password} ~* &* +@all\n");
        Process = await RedisProcess.StartAsync(
            Ports.Free(),
            directory,
            isTls: true,
            [
                "--tls-ca-cert-file",
                In("ca.pem"),
                "--tls-cert-file",
                In("server.pem"),
                "--tls-key-file",
                In("server.key"),
                "--tls-auth-clients",
                "yes",
                "--aclfile",
                In("users.acl"),
            ]
        );
    }

    public async ValueTask DisposeAsync()
    {
        ClientCertificate?.Dispose();
        if (Process is not null)
        {
            await Process.DisposeAsync();
        }
    }

    /// <summary>Writes an authority, and a client's certificate and key of it, into the server's directory.</summary>
    /// <returns>The three files.</returns>
    public async Task<(string Authority, string Certificate, string Key)> WriteClientAsync(string name)
    {
        string In(string kind) => Path.Combine(Process.Directory, $"{name}.{kind}");

        using var authority = MakeAuthority();
        using var client = Issue(authority, name);
        await File.WriteAllTextAsync(In("ca"), authority.ExportCertificatePem());
        await File.WriteAllTextAsync(In("pem"), client.ExportCertificatePem());
        await File.WriteAllTextAsync(In("key"), client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        return (In("ca"), In("pem"), In("key"));
    }

    private static X509Certificate2 MakeAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Remanso test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
    }

    private static X509Certificate2 Issue(X509Certificate2 authority, string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.Create(authority, now.AddDays(-1), now.AddDays(29), RandomNumberGenerator.GetBytes(8));
        return certificate.CopyWithPrivateKey(key);
    }
}
