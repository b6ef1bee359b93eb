using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Remanso.Server.Tests.Security;

/// <summary>The server as it is started: who is answered, and what a start refuses.</summary>
public sealed class ClosedByDefaultTests
{
    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://+:0")]
    [InlineData("http://[::]:0")]
    public async Task An_address_that_others_reach_stops_the_start_without_keys(string address)
    {
        using var folder = new TemporaryFolder();

        var (code, output, errors) = await ServerProcess.RunAsync(folder.Path, ["--urls", address]);

        Assert.Equal(1, code);
        Assert.Empty(output);
        Assert.StartsWith($"remanso: urls: other machines reach {address}, and no keys are set", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public async Task An_endpoint_of_kestrels_settings_is_no_way_around_it()
    {
        using var folder = new TemporaryFolder();

        var (code, _, errors) = await ServerProcess.RunAsync(folder.Path, ["--Kestrel:Endpoints:A:Url", "http://0.0.0.0:0"]);

        Assert.Equal(1, code);
        Assert.StartsWith("remanso: urls: other machines reach http://0.0.0.0:0", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_keys_or_said_loudly_it_starts()
    {
        using var folder = new TemporaryFolder();
        var made = await ServerProcess.RunAsync(folder.Path, ["keys", "create", "app", "--scopes", "read"]);
        Assert.Equal(0, made.ExitCode);
        await using (var keyed = await ServerProcess.StartAsync(folder.Path, "--urls", "http://0.0.0.0:0"))
        {
            Assert.Contains("http://0.0.0.0:", keyed.Banner, StringComparison.Ordinal);
            Assert.Contains("who has a key of data/keys.json", keyed.Banner, StringComparison.Ordinal);
        }

        File.Delete(folder.File("data/keys.json"));
        await using var open = await ServerProcess.StartAsync(folder.Path, "--allow-anonymous", "--urls", "http://0.0.0.0:0");
        Assert.Contains("http://0.0.0.0:", open.Banner, StringComparison.Ordinal);
        Assert.Contains("EVERYBODY who reaches", open.Banner, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-Forwarded-For: 127.0.0.1", 403)]
    [InlineData("Forwarded: for=127.0.0.1", 403)]
    [InlineData("Accept: */*", 404)]
    public async Task What_a_proxy_passes_on_is_refused_without_keys(string header, int status)
    {
        await using var server = await RunningServer.StartAsync();

        Assert.StartsWith(
            $"HTTP/1.1 {status}",
            await server.SendRawAsync($"GET /get/a HTTP/1.1\r\nHost: localhost\r\n{header}\r\nConnection: close\r\n\r\n"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/get/a")]
    [InlineData("/health/live")]
    [InlineData("/nowhere")]
    public async Task A_foreign_host_name_is_421_whatever_is_asked_for(string path)
    {
        await using var server = await RunningServer.StartAsync();

        Assert.StartsWith(
            "HTTP/1.1 421",
            await server.SendRawAsync($"GET {path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            "HTTP/1.1 421",
            await server.SendRawAsync($"GET http://evil.example{path} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"),
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("text/html", "attachment")]
    [InlineData("image/svg+xml", "attachment")]
    [InlineData("image/png", null)]
    public async Task A_stored_body_comes_with_what_keeps_it_from_acting(string type, string? disposition)
    {
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("PUT", "/v1/caches/default/entries/page", "<script>", type);

        foreach (var method in new[] { "GET", "HEAD" })
        {
            using var answer = await server.SendAsync(method, "/v1/caches/default/entries/page");
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("sandbox; default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
            Assert.Equal("same-origin", answer.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
            Assert.Equal(disposition, answer.Content.Headers.ContentDisposition?.ToString());
        }
    }

    [Fact]
    public async Task A_unix_socket_answers_without_keys()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("s");
        await using var server = await ServerProcess.StartAsync(folder.Path, "--urls", "http://unix:" + path);
        using var client = new HttpClient(
            new SocketsHttpHandler
            {
                ConnectCallback = async (_, cancellationToken) =>
                {
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                },
            }
        );

        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri("http://localhost/get/a"))).StatusCode);
    }

    [Fact]
    public async Task A_client_certificate_of_the_authority_connects_and_no_other()
    {
        using var folder = new TemporaryFolder();
        using var authority = TestCertificates.Authority("CN=Clients");
        using var stranger = TestCertificates.Authority("CN=Clients");
        await using var process = await StartAsync(folder, authority);

        using var good = TestCertificates.Issue(authority, "CN=app", folder.File("good"));
        using var bad = TestCertificates.Issue(stranger, "CN=app", folder.File("bad"));
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(AddressOf(process), good));
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(AddressOf(process), bad));
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(AddressOf(process), null));
    }

    [Fact]
    public async Task A_client_certificate_below_an_intermediate_that_is_sent_along_connects()
    {
        using var folder = new TemporaryFolder();
        using var authority = TestCertificates.Authority("CN=Clients");
        using var intermediate = TestCertificates.Issue(authority, "CN=Team", folder.File("team"), isAuthority: true);
        await using var process = await StartAsync(folder, authority);

        using var leaf = TestCertificates.Issue(intermediate, "CN=app", folder.File("leaf"));
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(AddressOf(process), leaf, intermediate));
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(AddressOf(process), leaf));
    }

    [Fact]
    public async Task Nobody_is_asked_for_the_issuer_that_a_certificate_names()
    {
        using var folder = new TemporaryFolder();
        using var authority = TestCertificates.Authority("CN=Clients");
        using var stranger = TestCertificates.Authority("CN=Stranger");
        using var internalServer = new TcpListener(IPAddress.Loopback, 0);
        internalServer.Start();
        await using var process = await StartAsync(folder, authority);

        using var bad = TestCertificates.Issue(
            stranger,
            "CN=app",
            folder.File("bad"),
            issuerAt: $"http://{internalServer.LocalEndpoint}/ca"
        );

        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(AddressOf(process), bad));
        Assert.False(internalServer.Pending());
    }

    [Fact]
    public async Task A_file_of_authorities_that_is_none_stops_the_start()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("ca.pem"), "nothing");

        var (code, _, errors) = await ServerProcess.RunAsync(
            folder.Path,
            ["--urls", "https://127.0.0.1:0", "--Remanso:Security:ClientAuthority", folder.File("ca.pem")]
        );

        Assert.Equal(1, code);
        Assert.StartsWith("remanso: Remanso:Security:ClientAuthority:", errors, StringComparison.Ordinal);
    }

    private static async Task<ServerProcess> StartAsync(TemporaryFolder folder, X509Certificate2 authority)
    {
        using var server = TestCertificates.Issue(authority, "CN=localhost", folder.File("server"));
        File.WriteAllText(folder.File("ca.pem"), authority.ExportCertificatePem());
        return await ServerProcess.StartAsync(
            folder.Path,
            "--urls",
            "https://127.0.0.1:0",
            "--Kestrel:Certificates:Default:Path",
            folder.File("server.pem"),
            "--Kestrel:Certificates:Default:KeyPath",
            folder.File("server.key"),
            "--Remanso:Security:ClientAuthority",
            folder.File("ca.pem")
        );
    }

    private static Uri AddressOf(ServerProcess process) =>
        new(
            new Uri(process.Banner.Split('\n').Single(static line => line.Contains("address", StringComparison.Ordinal)).Split(' ')[^1]),
            "/get/a"
        );

    private static async Task<HttpStatusCode> GetAsync(Uri address, X509Certificate2? certificate, params X509Certificate2[] intermediates)
    {
#pragma warning disable CA5359 // The server's certificate is not what is tested.
        using var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                RemoteCertificateValidationCallback = static (_, _, _, _) => true,
                ClientCertificateContext = certificate is null
                    ? null
                    : SslStreamCertificateContext.Create(certificate, [.. intermediates], offline: true),
            },
        };
#pragma warning restore CA5359
        using var client = new HttpClient(handler);
        return (await client.GetAsync(address)).StatusCode;
    }
}
