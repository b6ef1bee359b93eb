using Remanso.Conformance.Servers;
using static Microsoft.Playwright.Assertions;

namespace Remanso.Dashboard.Tests;

/// <summary>All processes that share a tier, in the page.</summary>
public sealed class ProcessesViewTests(Browser browser)
{
    private const float Patience = 60_000;

    [Fact]
    public async Task Every_process_is_seen_and_one_that_was_killed_is_dead_in_words()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var server = await DashboardServer.StartAsync("--tier", redis.Address, "--role", "api");
        await using var worker = await DashboardServer.StartAsync(
            "--tier",
            redis.Address,
            "--role",
            "worker",
            "--store",
            "sqlite:" + Path.Combine(server.Folder, "remanso.db")
        );
        await using var open = await browser.OpenAsync(new Uri(server.Address, "#/processes"));
        var own = open.Page.Locator("tbody tr", new() { HasText = "this one" });
        var other = open.Page.Locator("tbody tr", new() { HasText = "worker" });
        await Expect(own).ToContainTextAsync("alive", new() { Timeout = Patience });
        await Expect(own).ToContainTextAsync("flushes nothing");
        await Expect(other).ToContainTextAsync("0–63 of 64", new() { Timeout = Patience });
        await Expect(other).ToContainTextAsync("alive");
        await Expect(other).ToContainTextAsync(" ago");
        await Browser.PictureAsync(open.Page, "processes-two");

        await worker.KillAsync();

        await Expect(other).ToContainTextAsync("dead", new() { Timeout = Patience });
        await Expect(own).ToContainTextAsync("alive");
        await Browser.PictureAsync(open.Page, "processes-dead");
        Assert.Empty(await Browser.ViolationsAsync(open.Page));
        Assert.Matches("\"state\":\"dead\",\"role\":\"worker\"", await server.Client.GetStringAsync("v1/processes"));
    }
}
