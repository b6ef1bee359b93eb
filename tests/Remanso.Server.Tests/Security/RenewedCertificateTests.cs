using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Remanso.Conformance.Servers;

namespace Remanso.Server.Tests.Security;

/// <summary>A certificate is renewed every few weeks, and nobody starts the server anew for it.</summary>
public sealed class RenewedCertificateTests
{
    [Theory]
    [InlineData("default of urls")]
    [InlineData("default of an endpoint")]
    [InlineData("an endpoint's own")]
    public async Task A_renewed_certificate_is_shown_to_new_connections(string whose)
    {
        using var folder = new TemporaryFolder();
        using var root = TestCertificates.Authority("CN=Root");
        using var between = TestCertificates.Issue(root, "CN=Between", folder.File("between"), isAuthority: true);
        using var first = Issue(between, folder, "first");
        using var second = Issue(between, folder, "second");
        Use(folder, "first.pem", "server.pem");
        Use(folder, "first.key", "server.key");
        var section = whose == "an endpoint's own" ? "Kestrel:Endpoints:Tls:Certificate" : "Kestrel:Certificates:Default";
        await using var server = await RunningServer.StartAtAsync(
            "--store",
            "sqlite:" + folder.File("remanso.db"),
            whose == "default of urls" ? "--urls" : "--Kestrel:Endpoints:Tls:Url",
            "https://127.0.0.1:0",
            $"--{section}:Path",
            folder.File("server.pem"),
            $"--{section}:KeyPath",
            folder.File("server.key")
        );
        Assert.Equal(first.Thumbprint, await ShownAsync(server.Address, root));

        // The key comes after the certificate, and in between somebody connects.
        Use(folder, "second.pem", "server.pem");
        Assert.Equal(first.Thumbprint, await ShownAsync(server.Address, root));
        Use(folder, "second.key", "server.key");

        await Until.TrueAsync(async () => await ShownAsync(server.Address, root) == second.Thumbprint, "the new one is shown");
    }

    [Fact]
    public async Task A_certificate_that_is_chosen_by_name_stays_the_one_of_that_name()
    {
        using var folder = new TemporaryFolder();
        using var root = TestCertificates.Authority("CN=Root");
        using var named = TestCertificates.Issue(root, "CN=named", folder.File("named"));
        using var other = TestCertificates.Issue(root, "CN=other", folder.File("other"));
        await using var server = await RunningServer.StartAtAsync(
            "--store",
            "sqlite:" + folder.File("remanso.db"),
            "--Kestrel:Endpoints:Tls:Url",
            "https://127.0.0.1:0",
            "--Kestrel:Endpoints:Tls:Sni:named.example:Certificate:Path",
            folder.File("named.pem"),
            "--Kestrel:Endpoints:Tls:Sni:named.example:Certificate:KeyPath",
            folder.File("named.key"),
            "--Kestrel:Certificates:Default:Path",
            folder.File("other.pem"),
            "--Kestrel:Certificates:Default:KeyPath",
            folder.File("other.key")
        );

        Assert.Equal(named.Thumbprint, await ShownAsync(server.Address, root, "named.example"));
    }

    [Theory]
    [InlineData("", "Kestrel:Certificates:Default:Path names ")]
    [InlineData("other.key", "Kestrel:Certificates:Default:KeyPath names ")]
    [InlineData("nowhere.key", "Kestrel:Certificates:Default:KeyPath names ")]
    public async Task A_certificate_without_its_key_stops_the_start_with_the_setting(string key, string expected)
    {
        using var folder = new TemporaryFolder();
        using var root = TestCertificates.Authority("CN=Root");
        using var one = TestCertificates.Issue(root, "CN=localhost", folder.File("one"));
        using var other = TestCertificates.Issue(root, "CN=localhost", folder.File("other"));

        var (code, output, errors) = await ServerProcess.RunAsync(
            folder.Path,
            [
                "--urls",
                "https://127.0.0.1:0",
                "--Kestrel:Certificates:Default:Path",
                folder.File("one.pem"),
                .. key.Length == 0 ? (string[])[] : ["--Kestrel:Certificates:Default:KeyPath", folder.File(key)],
            ]
        );

        Assert.Equal((1, ""), (code, output));
        Assert.StartsWith("remanso: " + expected, errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    // Signed by the one in between, which a client does not have.
    private static X509Certificate2 Issue(X509Certificate2 between, TemporaryFolder folder, string name)
    {
        var issued = TestCertificates.Issue(between, "CN=localhost", folder.File(name));
        File.AppendAllText(folder.File(name + ".pem"), "\n" + between.ExportCertificatePem());
        return issued;
    }

    private static void Use(TemporaryFolder folder, string file, string place) =>
        File.Copy(folder.File(file), folder.File(place), overwrite: true);

    private static async Task<string> ShownAsync(Uri address, X509Certificate2 root, string name = "localhost")
    {
        using var socket = new System.Net.Sockets.TcpClient();
        await socket.ConnectAsync(address.Host, address.Port);
        string? shown = null;
        await using var tls = new SslStream(socket.GetStream());
        await tls.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = name,
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { root },
                    RevocationMode = X509RevocationMode.NoCheck,
                    DisableCertificateDownloads = true,
                },
                RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
                {
                    shown = ((X509Certificate2)certificate!).Thumbprint;
                    return (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None;
                },
            }
        );
        return shown!;
    }
}
