using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
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
        Assert.True(services.GetRequiredService<IOptionsMonitor<JsonConsoleFormatterOptions>>().CurrentValue.UseUtcTimestamp);
    }
}
