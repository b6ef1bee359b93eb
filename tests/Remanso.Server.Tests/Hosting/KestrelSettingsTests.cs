using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Remanso.Server.Configuration;
using Remanso.Server.Hosting;

namespace Remanso.Server.Tests.Hosting;

/// <summary>Settings that the framework reads itself.</summary>
public sealed class KestrelSettingsTests
{
    [Fact]
    public async Task Endpoints_with_a_certificate_are_listened_to()
    {
        using var folder = new TemporaryFolder();
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(
            TimeProvider.System.GetUtcNow().AddDays(-1),
            TimeProvider.System.GetUtcNow().AddDays(1)
        );
        await File.WriteAllTextAsync(folder.File("server.pem"), certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(folder.File("server.key"), key.ExportPkcs8PrivateKeyPem());
        await using var server = await RunningServer.StartAtAsync(
            "--store",
            "sqlite:" + folder.File("remanso.db"),
            "--Kestrel:Endpoints:Plain:Url",
            "http://127.0.0.1:0",
            "--Kestrel:Endpoints:Tls:Url",
            "https://127.0.0.1:0",
            "--Kestrel:Certificates:Default:Path",
            folder.File("server.pem"),
            "--Kestrel:Certificates:Default:KeyPath",
            folder.File("server.key")
        );

        Assert.Equal(["http", "https"], server.Addresses.Select(static address => address.Scheme).Order(StringComparer.Ordinal));
        foreach (var address in server.Addresses)
        {
#pragma warning disable MA0039 // The test's own certificate has no authority: it is compared whole.
            using var handler = new HttpClientHandler
            {
                ServerCertificateCustomValidationCallback = (_, shown, _, _) => shown!.Thumbprint == certificate.Thumbprint,
            };
#pragma warning restore MA0039
            using var client = new HttpClient(handler);
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri(address, "/health/live"))).StatusCode);
        }
    }

    [Theory]
    [InlineData("Endpoints:A:Foo", "1", "Foo is not a known setting; there are Url, Protocols, ")]
    [InlineData(
        "Endpoints:A:ClientCertificateMode",
        "RequireCertficate",
        "ClientCertificateMode must be one of NoCertificate, AllowCertificate, RequireCertificate, DelayCertificate, "
            + "but is RequireCertficate"
    )]
    [InlineData("Endpoints:A:Protocols", "Http9", "Protocols must be one of None, Http1, ")]
    [InlineData("Endpoints:A:SslProtocols:0", "Tls9", "SslProtocols:0 must be one of ")]
    [InlineData("Endpoints:A:SslProtocols", "Tls13", "SslProtocols is a list: ")]
    [InlineData("Endpoints:A:Certificate:File", "x", "Certificate:File is not a known setting; there are Path, KeyPath, ")]
    [InlineData("Endpoints:A:Sni:x.example:Url", "x", "Sni:x.example:Url is not a known setting")]
    [InlineData("Endpoints:A:Sni:x.example:ClientCertificateMode", "7", "Sni:x.example:ClientCertificateMode must be one of ")]
    [InlineData("EndpointDefaults:Protocol", "Http1", "Protocol is not a known setting; there are Protocols, ")]
    [InlineData("EndpointDefaults:ClientCertificateMode", "Yes", "ClientCertificateMode must be one of ")]
    [InlineData("Certificates:Other:Path", "x", "Other is not a known setting; there are Default, Development")]
    [InlineData("Certificates:Default:Pasword", "x", "Default:Pasword is not a known setting")]
    [InlineData("Certificates:Default:KeyPath", "x", "Default:KeyPath needs Kestrel:Certificates:Default:Path beside it")]
    [InlineData("Certificates:Development:Path", "x", "Development:Path is not a known setting; there are Password")]
    [InlineData("Certificates:Development:Subject", "x", "Development:Subject is not a known setting")]
    [InlineData("Endpoints:A:Certificate:KeyPath", "x", "KeyPath needs Kestrel:Endpoints:A:Certificate:Path beside it")]
    [InlineData("Endpoints:A:Certificate:Password", "x", "Password needs Kestrel:Endpoints:A:Certificate:Path beside it")]
    [InlineData("Endpoints:A:Certificate:Store", "My", "Store needs Kestrel:Endpoints:A:Certificate:Subject beside it")]
    [InlineData("Endpoints:A:Certificate:Location", "CurrentUser", "Location needs Kestrel:Endpoints:A:Certificate:Subject")]
    [InlineData("Endpoints:A:Sni:x.example:Certificate:AllowInvalid", "true", "AllowInvalid needs Kestrel:Endpoints:A:Sni:")]
    [InlineData("Endpoints:A:Protocols", "Http1, Http9", "Protocols must be one of None, Http1, ")]
    [InlineData("Endpoints:A:Protocols", "1, Http3", "Protocols must be one of None, Http1, ")]
    public void What_Kestrel_would_ignore_is_refused(string name, string value, string expected)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Kestrel:Endpoints:A:Url", "https://127.0.0.1:0"), new("Kestrel:" + name, value)])
            .Build();

        var error = Assert.Throws<SettingException>(() => KestrelSettings.HasEndpoints(configuration));

        Assert.StartsWith("Kestrel:", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Whether_a_certificate_may_be_invalid_is_true_or_false()
    {
        const string Section = "Kestrel:Certificates:Default";
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new(Section + ":Subject", "localhost"), new(Section + ":AllowInvalid", "yes")])
            .Build();

        var error = Assert.Throws<SettingException>(() => KestrelSettings.HasEndpoints(configuration));

        Assert.Equal(Section + ":AllowInvalid must be true or false, but is yes", error.Message);
    }

    [Theory]
    [InlineData("Protocols", "Http1, Http3")]
    [InlineData("Protocols", "http1andhttp2")]
    [InlineData("SslProtocols:0", "Tls12, Tls13")]
    [InlineData("Certificate:Path", "")]
    [InlineData("Certificate:KeyPath", "")]
    [InlineData("Certificate:AllowInvalid", "")]
    public void What_Kestrel_reads_is_taken(string name, string value)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Kestrel:Endpoints:A:Url", "https://127.0.0.1:0"), new("Kestrel:Endpoints:A:" + name, value)])
            .Build();

        Assert.True(KestrelSettings.HasEndpoints(configuration));
    }

    [Theory]
    [InlineData("Endpoints:A", "NoCertificate")]
    [InlineData("Endpoints:A", "allowcertificate")]
    [InlineData("Endpoints:A:Sni:x.example", "DelayCertificate")]
    [InlineData("EndpointDefaults", "NoCertificate")]
    public void Nobody_connects_without_a_certificate_where_an_authority_is_set(string section, string mode)
    {
        (string, string?)[] set = [("Kestrel:Endpoints:A:Url", "https://127.0.0.1:0"), ("Remanso:Security:ClientAuthority", "ca.pem")];
        IConfiguration Of(string chosen) =>
            new ConfigurationBuilder()
                .AddInMemoryCollection([
                    .. set.Select(static pair => KeyValuePair.Create(pair.Item1, pair.Item2)),
                    new($"Kestrel:{section}:ClientCertificateMode", chosen),
                ])
                .Build();

        var error = Assert.Throws<SettingException>(() => SecuritySettings.Read(Of(mode), ["https://127.0.0.1:0"]));

        Assert.StartsWith($"Kestrel:{section}:ClientCertificateMode must be RequireCertificate", error.Message, StringComparison.Ordinal);
        Assert.Equal("ca.pem", SecuritySettings.Read(Of("RequireCertificate"), ["https://127.0.0.1:0"]).ClientAuthority);
    }

    [Theory]
    [InlineData("http://localhost:8000", true)]
    [InlineData("http://[::1]:8000", true)]
    [InlineData("https://*:8443", true)]
    [InlineData("http://+:80", true)]
    [InlineData("http://cache_1.example", true)]
    [InlineData("http://unix:/run/remanso.sock", true)]
    [InlineData("http://unix:relative.sock", false)]
    [InlineData("http://local host:1", false)]
    [InlineData("http://a:b:1", false)]
    [InlineData("http://localhost:1/base", false)]
    public void What_Kestrel_would_take_for_every_address_is_none(string address, bool isOne) =>
        Assert.Equal(isOne, ServerSettings.IsAddress(address));

    [Theory]
    [InlineData(null, null, true)]
    [InlineData("json", "json", true)]
    [InlineData("systemd", "systemd", true)]
    [InlineData("simple", "simple", false)]
    public void The_log_is_written_as_the_settings_say(string? formatter, string? expected, bool singleLine)
    {
        var builder = WebServer.CreateBuilder(
            formatter is null
                ? []
                :
                [
                    "--Logging:Console:FormatterName",
                    formatter,
                    "--Logging:Console:FormatterOptions:SingleLine",
                    singleLine ? "true" : "false",
                ]
        );
        builder.AddWebServer(ServerSettings.Read(builder.Configuration));
        using var services = builder.Services.BuildServiceProvider();

        Assert.Equal(expected, services.GetRequiredService<IOptionsMonitor<ConsoleLoggerOptions>>().CurrentValue.FormatterName);
        var simple = services.GetRequiredService<IOptionsMonitor<SimpleConsoleFormatterOptions>>().CurrentValue;
        Assert.Equal((singleLine, true), (simple.SingleLine, simple.UseUtcTimestamp));
        var json = services.GetRequiredService<IOptionsMonitor<JsonConsoleFormatterOptions>>().CurrentValue;
        Assert.Equal((true, "yyyy-MM-ddTHH:mm:ss.fffZ"), (json.UseUtcTimestamp, json.TimestampFormat));
    }
}
