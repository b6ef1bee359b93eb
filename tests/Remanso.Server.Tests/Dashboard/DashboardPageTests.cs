using System.Text.RegularExpressions;
using Remanso.AspNetCore.Dashboard;
using Remanso.Conformance.Servers;

namespace Remanso.Server.Tests.Dashboard;

/// <summary>The page and its files: where they are, and what a browser may do with them.</summary>
public sealed partial class DashboardPageTests
{
    private static readonly (string, string) _browser = ("Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8");

    [Theory]
    [InlineData("all")]
    [InlineData("worker")]
    public async Task A_browser_gets_the_page_and_a_terminal_the_index(string role)
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var server = await RunningServer.StartAsync("--role", role, "--tier", redis.Address);

        var page = await server.SendAsync("GET", "/", null, null, _browser);
        var index = await server.SendAsync("GET", "/");

        Assert.Equal("text/html", page.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith("<!doctype html>", await page.TextAsync(), StringComparison.Ordinal);
        Assert.Equal("Accept", page.Header("Vary"));
        Assert.Equal("text/plain", index.Content.Headers.ContentType?.MediaType);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await server.SendAsync("POST", "/")).StatusCode);
    }

    [Fact]
    public async Task The_page_runs_nothing_inline_and_speaks_to_nobody_else()
    {
        await using var server = await RunningServer.StartAsync();

        var page = await server.SendAsync("GET", "/", null, null, _browser);

        var policy = page.Header("Content-Security-Policy")!;
        Assert.Equal(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri "
                + "'none'; form-action 'none'; frame-ancestors 'none'",
            policy
        );
        Assert.Equal("no-referrer", page.Header("Referrer-Policy"));
        var text = await page.TextAsync();
        Assert.DoesNotMatch(InlinePattern, text);
        Assert.DoesNotContain("//", text, StringComparison.Ordinal);
        foreach (Match match in AddressPattern.Matches(text))
        {
            Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync(match.Groups["address"].Value)).StatusCode);
        }
    }

    [Fact]
    public async Task Every_file_has_its_type_and_is_sent_once()
    {
        await using var server = await RunningServer.StartAsync();
        foreach (
            var (file, type) in new[]
            {
                ("app.js", "text/javascript"),
                ("uPlot.esm.js", "text/javascript"),
                ("style.css", "text/css"),
                ("icon.svg", "image/svg+xml"),
                ("uPlot.LICENSE.txt", "text/plain"),
                ("pico.LICENSE.txt", "text/plain"),
            }
        )
        {
            var answer = await server.SendAsync("GET", "/dashboard/" + file);
            Assert.Equal(type, answer.Content.Headers.ContentType?.MediaType);
            Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
            Assert.Equal(
                HttpStatusCode.NotModified,
                (await server.SendAsync("GET", "/dashboard/" + file, null, null, ("If-None-Match", answer.Header("ETag")!))).StatusCode
            );
        }

        await (await server.SendAsync("GET", "/dashboard/nothing.js")).AssertProblemAsync(404, "not-found");
        await (await server.SendAsync("GET", "/dashboard/index.html")).AssertProblemAsync(404, "not-found");
    }

    [Fact]
    public void No_script_of_the_page_makes_markup_of_a_text()
    {
        var assembly = typeof(DashboardAssets).Assembly;
        var scripts = assembly
            .GetManifestResourceNames()
            .Where(static name => name.EndsWith(".js", StringComparison.Ordinal) && !name.Contains("uPlot", StringComparison.Ordinal))
            .ToArray();
        Assert.True(scripts.Length > 10);
        foreach (var script in scripts)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(script)!);
            Assert.DoesNotMatch(MarkupPattern, reader.ReadToEnd());
        }
    }

    [GeneratedRegex("<script(?![^>]*src=)|<style|style=| on[a-z]+=\"", RegexOptions.ExplicitCapture)]
    private static partial Regex InlinePattern { get; }

    [GeneratedRegex("(src|href)=\"(?<address>dashboard/[^\"]+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex AddressPattern { get; }

    [GeneratedRegex(@"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://")]
    private static partial Regex MarkupPattern { get; }
}
