using System.Net.Sockets;
using System.Runtime.ExceptionServices;
using Remanso.Server.Hosting;

namespace Remanso.Server.Tests.Hosting;

/// <summary>What a start fails of, by the setting that it is of.</summary>
public sealed class StartFailureTests
{
    private const string Binding =
        "   at Microsoft.AspNetCore.Server.Kestrel.Core.LocalhostListenOptions.BindAsync(AddressBindContext context)";

    [Fact]
    public void A_port_that_is_refused_on_both_loopbacks_is_of_the_urls()
    {
        var denied = new SocketException((int)SocketError.AccessDenied);
        var failed = new IOException("Failed to bind to address http://localhost:80.", new AggregateException(denied, denied));
        ExceptionDispatchInfo.SetRemoteStackTrace(failed, Binding);

        Assert.Equal($"urls: Failed to bind to address http://localhost:80. {denied.Message}", StartFailure.Explain(failed));
    }

    [Theory]
    [InlineData("Microsoft.Extensions.Logging", "x is no level")]
    [InlineData("Microsoft.Extensions.Configuration.Binder", "x is no level")]
    [InlineData("OpenTelemetry.Exporter.OpenTelemetryProtocol", "x is no level")]
    [InlineData("Remanso", null)]
    public void What_a_library_can_not_read_is_no_fault_of_the_program(string source, string? expected) =>
        Assert.Equal(expected, StartFailure.Explain(new InvalidOperationException("x is\nno level") { Source = source }));

    [Fact]
    public void A_certificate_that_may_not_be_read_is_no_matter_of_the_store()
    {
        var failed = new UnauthorizedAccessException("Access to the path '/tls.pfx' is denied.");
        ExceptionDispatchInfo.SetRemoteStackTrace(
            failed,
            "   at Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Certificates.CertificateConfigLoader.LoadCertificate()"
        );

        Assert.Equal("Kestrel:Certificates: Access to the path '/tls.pfx' is denied.", StartFailure.Explain(failed));
        Assert.Equal("No space left", StartFailure.Explain(new IOException("No space left")));
    }
}
