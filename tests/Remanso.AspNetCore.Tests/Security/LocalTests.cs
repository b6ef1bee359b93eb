using System.Net.Sockets;
using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Tests.Support;

namespace Remanso.AspNetCore.Tests.Security;

public sealed class LocalTests
{
    private const string Entry = "/v1/caches/orders/entries/a";

    public static TheoryData<bool> WithAndWithoutSetUp => [true, false];

    [Theory]
    [MemberData(nameof(WithAndWithoutSetUp))]
    public async Task Without_keys_the_same_machine_may_do_everything(bool setUp)
    {
        await using var app = await StartAsync(setUp);

        Assert.Equal(200, (await app.GetAsync(Entry)).Status);
        Assert.Equal(200, (await app.SendAsync("PUT", Entry, "x")).Status);
        Assert.Equal(200, (await app.SendAsync("POST", "/v1/caches/orders/flush", null)).Status);
        Assert.Equal(200, (await app.GetAsync("/v1/stats")).Status);
        Assert.Equal(200, (await app.GetAsync(Entry, TestApplication.From("::1"))).Status);
        Assert.Equal(200, (await app.GetAsync(Entry, TestApplication.From("::ffff:127.0.0.1"))).Status);
    }

    [Theory]
    [MemberData(nameof(WithAndWithoutSetUp))]
    public async Task Without_keys_another_machine_may_do_nothing(bool setUp)
    {
        await using var app = await StartAsync(setUp);

        foreach (var peer in new[] { "10.0.0.1", "192.168.1.7", "203.0.113.7", "fe80::1", "2001:db8::1", "::ffff:10.0.0.1" })
        {
            var answer = await app.GetAsync(Entry, TestApplication.From(peer));
            Assert.Equal(403, answer.Status);
            Assert.Equal("not-local", answer.Problem);
            Assert.Equal("ready", (await app.GetAsync("/health/ready", TestApplication.From(peer))).Body);
        }
    }

    [Theory]
    [InlineData("Forwarded", "for=127.0.0.1")]
    [InlineData("X-Forwarded-For", "127.0.0.1")]
    [InlineData("x-forwarded-proto", "https")]
    [InlineData("X-Forwarded-Host", "localhost")]
    [InlineData("X-Forwarded-Anything", "")]
    [InlineData("X-Real-IP", "127.0.0.1")]
    [InlineData("Via", "1.1 proxy")]
    public async Task What_a_proxy_on_the_same_machine_passes_on_is_not_local(string header, string value)
    {
        await using var app = await StartAsync(setUp: true);

        Assert.Equal("not-local", (await app.GetAsync(Entry, (header, value))).Problem);
    }

    [Fact]
    public async Task It_is_not_local_beside_all_that_an_ordinary_request_has()
    {
        await using var app = await StartAsync(setUp: true);
        const string Ordinary =
            "Host: localhost\r\nUser-Agent: a\r\nAccept: */*\r\nAccept-Encoding: br\r\nConnection: close\r\nContent-Type: "
            + "text/plain\r\ntraceparent: "
            + "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\r\n";

        foreach (var body in new[] { "Content-Length: 1\r\n", "Transfer-Encoding: chunked\r\n" })
        {
            var end = "\r\n" + (body.StartsWith('C') ? "x" : "1\r\nx\r\n0\r\n\r\n");
            Assert.DoesNotContain(
                "not-local",
                await app.SendRawAsync($"GET {Entry} HTTP/1.1\r\n{Ordinary}{body}{end}"),
                StringComparison.Ordinal
            );
            foreach (
                var forwarded in new[]
                {
                    "Via: 1.1 proxy",
                    "X-Forwarded-For: 127.0.0.1",
                    "Forwarded: for=127.0.0.1",
                    "X-Real-IP: 127.0.0.1",
                    "Via:",
                }
            )
            {
                Assert.Contains(
                    "not-local",
                    await app.SendRawAsync($"GET {Entry} HTTP/1.1\r\n{Ordinary}{forwarded}\r\n{body}{end}"),
                    StringComparison.Ordinal
                );
                Assert.Contains(
                    "not-local",
                    await app.SendRawAsync($"GET {Entry} HTTP/1.1\r\nHost: localhost\r\n{forwarded}\r\n{body}{end}"),
                    StringComparison.Ordinal
                );
            }
        }
    }

    [Theory]
    [InlineData(ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, "X-Forwarded-For", "127.0.0.1")]
    [InlineData(ForwardedHeaders.XForwardedProto, "X-Forwarded-Proto", "https")]
    [InlineData(ForwardedHeaders.XForwardedHost, "X-Forwarded-Host", "localhost")]
    public async Task What_the_application_has_taken_from_a_proxys_headers_is_not_local(ForwardedHeaders taken, string header, string value)
    {
        await using var api = await MountedApi.StartAsync(app =>
        {
            var options = new ForwardedHeadersOptions { ForwardedHeaders = taken };
            options.KnownProxies.Clear();
            options.KnownIPNetworks.Clear();
            app.UseForwardedHeaders(options);
            app.MapRemanso();
            app.MapRemansoDashboard("/cache");
        });

        Assert.Equal(404, (await api.SendAsync("GET", "/get/a")).Status);
        Assert.Equal("not-local", (await api.SendAsync("DELETE", "/v1/caches/default/entries/a", null, (header, value))).Problem);
        Assert.Equal("not-local", (await api.SendAsync("GET", "/cache/dashboard/caches", null, (header, value))).Problem);
    }

    [Theory]
    [InlineData("evil.example", 421)]
    [InlineData("evil.example:8000", 421)]
    [InlineData("localhost.evil.example", 421)]
    [InlineData("10.1.2.3", 421)]
    [InlineData("localhost", 200)]
    [InlineData("localhost:99", 200)]
    [InlineData("127.0.0.1:1", 200)]
    [InlineData("127.8.8.8", 200)]
    [InlineData("[::1]:80", 200)]
    public async Task A_request_for_a_name_that_is_not_this_machines_is_421(string host, int status)
    {
        foreach (var setUp in new[] { true, false })
        {
            await using var app = await StartAsync(setUp);

            Assert.StartsWith(
                $"HTTP/1.1 {status}",
                await app.SendRawAsync($"GET {Entry} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
                StringComparison.Ordinal
            );
            Assert.StartsWith(
                $"HTTP/1.1 {status}",
                await app.SendRawAsync($"GET http://{host}{Entry} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
                StringComparison.Ordinal
            );
        }
    }

    [Fact]
    public async Task An_absolute_target_does_not_hide_behind_another_host_field()
    {
        await using var app = await StartAsync(setUp: true);

        var answer = await app.SendRawAsync($"GET http://evil.example{Entry} HTTP/1.1\r\nHost: localhost\r\n\r\n");

        Assert.Matches("^HTTP/1.1 (400|421)", answer);
    }

    [Theory]
    [InlineData("cache.example.com", 200)]
    [InlineData("Cache.Example.com:443", 200)]
    [InlineData("eu.shop.example.com", 200)]
    [InlineData("shop.example.com", 421)]
    [InlineData("example.com", 421)]
    public async Task Names_that_are_set_are_served(string host, int status)
    {
        await using var app = await TestApplication.StartAsync(static options =>
        {
            options.Hosts.Add("cache.example.com");
            options.Hosts.Add("*.shop.example.com");
        });

        Assert.StartsWith(
            $"HTTP/1.1 {status}",
            await app.SendRawAsync($"GET {Entry} HTTP/1.1\r\nHost: {host}\r\n\r\n"),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Anybody_may_do_everything_where_that_is_said_loudly()
    {
        await using var app = await TestApplication.StartAsync(static options => options.AllowAnonymous = true);

        Assert.Equal(200, (await app.SendAsync("PUT", Entry, "x", TestApplication.From("203.0.113.7"))).Status);
    }

    [Fact]
    public void Anonymous_access_and_keys_exclude_each_other() =>
        Assert.Contains(
            "excludes",
            Assert
                .Throws<CacheConfigurationException>(() =>
                    new ServiceCollection().AddRemansoSecurity(static options =>
                    {
                        options.AllowAnonymous = true;
                        options.KeyFile = "keys.json";
                    })
                )
                .Message,
            StringComparison.Ordinal
        );

    [Fact]
    public async Task A_policy_of_the_application_decides_in_place_of_the_peer()
    {
        await using var app = await TestApplication.StartAsync(
            services: static services =>
            {
                services.AddAuthentication("test").AddScheme<AuthenticationSchemeOptions, HeaderHandler>("test", configureOptions: null);
                services.AddAuthorization();
            },
            group: static group => group.RequireAuthorization()
        );

        Assert.Equal(401, (await app.GetAsync(Entry)).Status);
        Assert.Equal(200, (await app.GetAsync(Entry, ("Test-User", "ann"), TestApplication.From("203.0.113.7"))).Status);
    }

    [Fact]
    public async Task A_group_that_the_application_opens_is_open()
    {
        await using var app = await TestApplication.StartAsync(group: static group => group.AllowAnonymous());

        Assert.Equal(200, (await app.GetAsync(Entry, TestApplication.From("203.0.113.7"))).Status);
    }

    [Fact]
    public async Task A_unix_socket_is_local()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("remanso.sock");
        await using var app = await TestApplication.StartAsync(static _ => { }, url: "http://unix:" + path);
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

        using var answer = await client.GetAsync(new Uri("http://localhost" + Entry));

        Assert.Equal(200, (int)answer.StatusCode);
    }

    private static Task<TestApplication> StartAsync(bool setUp) => TestApplication.StartAsync(setUp ? static _ => { } : null);

    private sealed class HeaderHandler(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
        : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
    {
        protected override Task<AuthenticateResult> HandleAuthenticateAsync() =>
            Task.FromResult(
                Request.Headers.TryGetValue("Test-User", out var user)
                    ? AuthenticateResult.Success(
                        new AuthenticationTicket(
                            new ClaimsPrincipal(new ClaimsIdentity([new Claim("sub", user.ToString())], "test")),
                            "test"
                        )
                    )
                    : AuthenticateResult.NoResult()
            );
    }
}
