using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.Server.Configuration;
using Remanso.Server.Hosting;
using Remanso.Testing;

namespace Remanso.Server.Tests.Security;

/// <summary>A certificate is renewed every few weeks, and nobody starts the server anew for it.</summary>
public sealed class RenewedCertificateTests
{
    [Theory]
    [InlineData("default of urls")]
    [InlineData("default of an endpoint")]
    [InlineData("an endpoint's own")]
    [InlineData("default of an endpoint", "Kestrel:Endpoints:Tls:Certificate:Path")]
    [InlineData("default of an endpoint", "Kestrel:Endpoints:Tls:Certificate:Subject")]
    [InlineData("default of an endpoint", "Kestrel:Endpoints:Tls:Sni")]
    public async Task A_renewed_certificate_is_shown_to_new_connections(string whose, string? empty = null)
    {
        using var folder = new TemporaryFolder();
        using var root = TestCertificates.Authority("CN=Root");
        using var between = TestCertificates.Issue(root, "CN=Between", folder.File("between"), isAuthority: true);
        using var first = Issue(between, folder, "first");
        using var second = Issue(between, folder, "second");
        Use(folder, "first.pem", "server.pem");
        Use(folder, "first.key", "server.key");
        var section = whose == "an endpoint's own" ? "Kestrel:Endpoints:Tls:Certificate" : "Kestrel:Certificates:Default";
        await using var server = await RunningServer.StartAtAsync([
            "--store",
            "sqlite:" + folder.File("remanso.db"),
            whose == "default of urls" ? "--urls" : "--Kestrel:Endpoints:Tls:Url",
            "https://127.0.0.1:0",
            $"--{section}:Path",
            folder.File("server.pem"),
            $"--{section}:KeyPath",
            folder.File("server.key"),
            .. empty is null ? (string[])[] : ["--" + empty, ""],
        ]);
        Assert.Equal(first.Thumbprint, await ShownAsync(server.Address, root));

        Use(folder, "second.pem", "server.pem");
        Use(folder, "second.key", "server.key");

        await Until.TrueAsync(async () => await ShownAsync(server.Address, root) == second.Thumbprint, "the new one is shown");
    }

    [Fact]
    public void While_certificate_and_key_do_not_fit_the_last_pair_that_did_is_shown()
    {
        using var folder = new TemporaryFolder();
        using var root = TestCertificates.Authority("CN=Root");
        using var first = TestCertificates.Issue(root, "CN=localhost", folder.File("first"));
        using var second = TestCertificates.Issue(root, "CN=localhost", folder.File("second"));
        Use(folder, "first.pem", "server.pem");
        Use(folder, "first.key", "server.key");
        var (time, log) = (new ManualTimeProvider(), new RecordingLog());
        var renewed = new RenewedCertificate(SectionOf(folder, "server.pem", "server.key"), time, log);

        // The key comes after the certificate, and in between some connect.
        Use(folder, "second.pem", "server.pem");
        for (var i = 0; i < 3; i++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(first.Thumbprint, renewed.Shown.TargetCertificate.Thumbprint);
        }

        Assert.Contains("Certificate:KeyPath names ", Assert.Single(log.Lines), StringComparison.Ordinal);
        Use(folder, "second.key", "server.key");
        Assert.Equal(first.Thumbprint, renewed.Shown.TargetCertificate.Thumbprint);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(second.Thumbprint, renewed.Shown.TargetCertificate.Thumbprint);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(second.Thumbprint, renewed.Shown.TargetCertificate.Thumbprint);
        Assert.Equal(2, log.Lines.Count);
    }

    [Fact]
    public async Task A_certificate_in_DER_is_shown_with_its_key_in_PEM()
    {
        using var folder = new TemporaryFolder();
        using var root = TestCertificates.Authority("CN=Root");
        using var one = TestCertificates.Issue(root, "CN=localhost", folder.File("one"));
        await File.WriteAllBytesAsync(folder.File("one.der"), one.RawData, TestContext.Current.CancellationToken);
        await using var server = await RunningServer.StartAtAsync(
            "--store",
            "sqlite:" + folder.File("remanso.db"),
            "--urls",
            "https://127.0.0.1:0",
            "--Kestrel:Certificates:Default:Path",
            folder.File("one.der"),
            "--Kestrel:Certificates:Default:KeyPath",
            folder.File("one.key")
        );

        Assert.Equal(one.Thumbprint, await ShownAsync(server.Address, root));
    }

    [Fact]
    public async Task PKCS_12_beside_a_file_with_a_key_is_named_and_not_the_key()
    {
        using var folder = new TemporaryFolder();
        using var root = TestCertificates.Authority("CN=Root");
        using var one = TestCertificates.Issue(root, "CN=localhost", folder.File("one"));
        await File.WriteAllBytesAsync(folder.File("one.pfx"), one.Export(X509ContentType.Pkcs12), TestContext.Current.CancellationToken);

        var error = Assert.Throws<SettingException>(() =>
            new RenewedCertificate(SectionOf(folder, "one.pfx", "one.key"), TimeProvider.System, new RecordingLog())
        );

        Assert.StartsWith("Certificate:Path names ", error.Message, StringComparison.Ordinal);
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

    private static IConfigurationSection SectionOf(TemporaryFolder folder, string certificate, string key) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection([new("Certificate:Path", folder.File(certificate)), new("Certificate:KeyPath", folder.File(key))])
            .Build()
            .GetSection("Certificate");

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
