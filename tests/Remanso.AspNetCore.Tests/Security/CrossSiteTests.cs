using Remanso.AspNetCore.Tests.Support;

namespace Remanso.AspNetCore.Tests.Security;

public sealed class CrossSiteTests
{
    private const string Entry = "/v1/caches/orders/entries/a";

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    [InlineData("Sec-Fetch-Site", "anything")]
    [InlineData("Sec-Fetch-Site", "")]
    [InlineData("Origin", "http://evil.example")]
    [InlineData("Origin", "https://localhost.evil.example")]
    [InlineData("Origin", "http://localhost")]
    [InlineData("Origin", "null")]
    [InlineData("Origin", "file://")]
    [InlineData("Origin", "")]
    public async Task A_write_that_a_page_of_another_site_sends_is_refused_before_anything_is_read(string header, string value)
    {
        foreach (var gate in new[] { true, false })
        {
            await using var app = await TestApplication.StartAsync(static _ => { }, gate: gate);

            foreach (
                var (method, path, body) in new[]
                {
                    ("POST", "/set", "x"),
                    ("POST", "/set", ""),
                    ("PUT", Entry, "x"),
                    ("POST", "/v1/caches/orders/flush", null),
                }
            )
            {
                var answer = await app.SendAsync(method, path, body, (header, value));
                Assert.Equal(403, answer.Status);
                Assert.Equal("cross-site", answer.Problem);
            }
        }
    }

    [Fact]
    public async Task What_reads_is_no_write()
    {
        await using var app = await TestApplication.StartAsync(static _ => { });

        Assert.Equal(200, (await app.GetAsync(Entry, ("Sec-Fetch-Site", "cross-site"))).Status);
    }

    [Fact]
    public async Task A_page_of_the_server_itself_and_a_client_that_is_no_browser_may_write()
    {
        await using var app = await TestApplication.StartAsync(static _ => { });
        var own = app.Address.GetLeftPart(UriPartial.Authority);

        Assert.Equal(200, (await app.SendAsync("POST", "/set", "x")).Status);
        Assert.Equal(200, (await app.SendAsync("POST", "/set", "x", ("Origin", own), ("Sec-Fetch-Site", "same-origin"))).Status);
        Assert.Equal(200, (await app.SendAsync("POST", "/set", "x", ("Sec-Fetch-Site", "none"))).Status);
        Assert.Equal(403, (await app.SendAsync("POST", "/set", "x", ("Origin", own), ("Sec-Fetch-Site", "cross-site"))).Status);
        Assert.Equal(403, (await app.SendAsync("POST", "/set", "x", ("Origin", own + "0"))).Status);
    }

    [Fact]
    public async Task Behind_a_proxy_that_ends_tls_the_own_page_is_known_by_its_name()
    {
        await using var app = await TestApplication.StartAsync(static options =>
        {
            options.AllowAnonymous = true;
            options.Hosts.Add("cache.example.com");
        });

        Assert.StartsWith("HTTP/1.1 200", await Send("https://cache.example.com"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403", await Send("https://cache.example.com:8443"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403", await Send("https://www.example.com"), StringComparison.Ordinal);

        // A proxy may change the host, and leave its port out: only the browser knows the address that it used.
        Assert.StartsWith("HTTP/1.1 200", await Send("https://cache.example.com:8443", "same-origin"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await Send("https://shown.example.com", "same-origin"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403", await Send("https://cache.example.com", "cross-site"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 403", await Send("https://cache.example.com", "same-site"), StringComparison.Ordinal);

        Task<string> Send(string origin, string? site = null) =>
            app.SendRawAsync(
                $"POST /set HTTP/1.1\r\nHost: cache.example.com\r\nOrigin: {origin}\r\n"
                    + (site is null ? "" : $"Sec-Fetch-Site: {site}\r\n")
                    + "Content-Length: 1\r\n\r\nx"
            );
    }
}
