using Remanso.Conformance.Servers;
using static Microsoft.Playwright.Assertions;

namespace Remanso.Dashboard.Tests;

/// <summary>The page says so when what it shows is old, and is live and right again by itself.</summary>
public sealed class LostConnectionTests(Browser browser)
{
    // Events that a proxy in between swallows, and how many connections for them are open.
    private const string Watched = """
        window.sources = [];
        window.EventSource = class extends EventSource {
          constructor(...all) { super(...all); window.sources.push(this); }
          addEventListener(name, heard) { super.addEventListener(name, event => { if (!window.swallows || name === "error") heard(event); }); }
        };

        """;

    private const string OpenSources = "window.sources.filter(one => one.readyState !== EventSource.CLOSED).length";

    // As the browser does where another tab is chosen.
    private const string Show = """
        shown => {
          Object.defineProperty(document, "hidden", { configurable: true, get: () => !shown });
          document.dispatchEvent(new Event("visibilitychange"));
        }
        """;

    [Fact]
    public async Task A_server_that_is_gone_is_told_and_found_again()
    {
        await using var server = await DashboardServer.StartAsync();
        await using var open = await browser.OpenAsync(server.Address);
        await Expect(open.Live).ToHaveTextAsync("Live");
        await server.PutAsync("a", "1");
        await Expect(open.Page.GetByText("1 since the start").First).ToBeVisibleAsync();

        await server.KillAsync();
        await Expect(open.Live).ToHaveTextAsync("Connection lost");
        Assert.Equal(
            "rgb(210, 59, 59)",
            await open.Live.EvaluateAsync<string>("node => getComputedStyle(node, '::before').backgroundColor")
        );
        await Expect(open.Page.GetByText("The figures below are of")).ToBeVisibleAsync();
        await Browser.PictureAsync(open.Page, "lost");
        Assert.Empty(await Browser.ViolationsAsync(open.Page));

        await server.BeginAsync();
        await Expect(open.Live).ToHaveTextAsync("Live");
        await Expect(open.Page.GetByText("The figures below are of")).ToHaveCountAsync(0);
        await Expect(open.Page.GetByText("1 since the start")).ToHaveCountAsync(0);
        await server.PutAsync("a", "2");
        await server.PutAsync("b", "3");
        await Expect(open.Page.GetByText("2 since the start").First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_tier_that_is_gone_is_told_and_its_figures_come_back()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var server = await DashboardServer.StartAsync("--tier", redis.Address);
        await using var open = await browser.OpenAsync(server.Address);
        await Expect(open.Live).ToHaveTextAsync("Live");
        await server.PutAsync("a", "1");
        await Expect(open.Page.GetByText("1 since the start").First).ToBeVisibleAsync();

        redis.Kill();
        await Expect(open.Page.GetByText("The figures below are of").First).ToBeVisibleAsync();
        await Expect(open.Page.GetByText("does not answer").First).ToBeVisibleAsync();
        await Expect(open.Live).ToHaveTextAsync("Live");
        await Browser.PictureAsync(open.Page, "tier-gone");

        await redis.StartAgainAsync();
        await Expect(open.Page.Locator("#alerts")).ToHaveTextAsync(string.Empty);
        await server.PutAsync("b", "2");
        await Expect(open.Page.GetByText("2 since the start").First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Many_problems_leave_room_for_the_page()
    {
        await using var redis = await RedisProcess.StartAsync();
        string[] caches = [.. Enumerable.Range(0, 8).SelectMany(static n => new[] { $"--Remanso:Caches:c{n}:Ttl:Base", "90s" })];
        await using var server = await DashboardServer.StartAsync(["--tier", redis.Address, .. caches]);
        await using var open = await browser.OpenAsync(server.Address);
        await Expect(open.Live).ToHaveTextAsync("Live");

        redis.Kill();
        await Expect(open.Page.Locator("#alerts p")).ToHaveCountAsync(6);

        // Half the window at 200 %, and a phone.
        foreach (var (width, height) in new[] { (640, 450), (390, 844) })
        {
            await open.Page.SetViewportSizeAsync(width, height);
            Assert.True(
                await open.Page.EvaluateAsync<bool>("document.querySelector('.top').offsetHeight < innerHeight / 2"),
                $"The header leaves no room at {width} x {height}."
            );
            Assert.Empty(await Browser.ViolationsAsync(open.Page));
        }
    }

    [Fact]
    public async Task Without_any_figures_none_are_dated()
    {
        await using var redis = await RedisProcess.StartAsync();
        await using var server = await DashboardServer.StartAsync("--tier", redis.Address);
        redis.Kill();
        await using var open = await browser.OpenAsync(server.Address);
        await Expect(open.Page.GetByText("There are no figures yet.")).ToBeVisibleAsync();

        await server.KillAsync();

        await Expect(open.Live).ToHaveTextAsync("Connection lost");
        await Expect(open.Page.GetByText("There are no figures yet; the page connects again by itself.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_server_that_is_busy_at_first_is_asked_again()
    {
        await using var server = await DashboardServer.StartAsync();
        await using var open = await browser.OpenAsync(new Uri("about:blank"));
        var asked = 0;
        await open.Page.RouteAsync("**/dashboard/caches", route =>
            Interlocked.Increment(ref asked) == 1 ? route.FulfillAsync(new() { Status = 503 }) : route.ContinueAsync()
        );
        await open.Page.GotoAsync(server.Address.AbsoluteUri);

        await Expect(open.Page.GetByRole(AriaRole.Heading, new() { Name = "No answer yet" })).ToBeVisibleAsync();
        await Expect(open.Live).ToHaveTextAsync("Live");
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task Charts_go_on_where_the_servers_clock_was_set_back()
    {
        await using var server = await DashboardServer.StartAsync();
        await using var open = await browser.OpenAsync(new Uri("about:blank"));
        await open.Page.AddInitScriptAsync(Watched + "window.swallows = false;");
        await open.Page.GotoAsync(server.Address.AbsoluteUri);
        await Expect(open.Live).ToHaveTextAsync("Live");

        var rate = await open.Page.EvaluateAsync<string>(
            """
            () => {
              const at = Date.now() - 3_600_000, source = window.sources.at(-1);
              for (const [time, asked] of [[at, 1], [at + 1000, 778]]) {
                const sample = { number: 1, at: time, figuresAt: time, error: null, problems: [], point: [time, asked, 0, 0, 0, 0, 0, 0, 0], caches: {} };
                source.dispatchEvent(new MessageEvent("sample", { data: JSON.stringify(sample) }));
              }
              return document.querySelector(".tile strong").textContent;
            }
            """
        );

        Assert.Equal("777", rate);
    }

    [Fact]
    public async Task A_database_that_is_gone_is_told_while_writes_go_on_and_what_waited_is_stored_when_it_is_back()
    {
        await using var database = new PostgresServer();
        await database.InitializeAsync();
        await using var server = await DashboardServer.StartAsync("--store", database.Url);
        await using var open = await browser.OpenAsync(server.Address);
        await Expect(open.Live).ToHaveTextAsync("Live");
        await server.PutAsync("a", "1");
        await Expect(open.Page.GetByText("1 since the start").First).ToBeVisibleAsync();

        await database.KillAsync();
        await server.PutAsync("b", "2");
        await Expect(open.Page.Locator("#alerts")).ToContainTextAsync("the store");
        await Expect(open.Page.GetByText("2 since the start").First).ToBeVisibleAsync();
        await Expect(open.Live).ToHaveTextAsync("Live");
        await Browser.PictureAsync(open.Page, "database-gone");

        await database.StartAsync();
        await Expect(open.Page.Locator("#alerts")).ToHaveTextAsync(string.Empty);
        var stored = await server.Client.GetStringAsync("get/b?source=db");
        Assert.Contains("\"value\":\"2\"", stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_events_do_not_get_through_the_page_asks()
    {
        await using var server = await DashboardServer.StartAsync();
        await using var open = await browser.OpenAsync(new Uri("about:blank"));
        await open.Page.RouteAsync("**/dashboard/events**", static route => route.AbortAsync());
        await open.Page.GotoAsync(server.Address.AbsoluteUri);

        await Expect(open.Live).ToHaveTextAsync("Live, by asking");
        await server.PutAsync("a", "1");
        await Expect(open.Page.GetByText("1 since the start").First).ToBeVisibleAsync();

        await open.Page.UnrouteAllAsync();
        await Expect(open.Live).ToHaveTextAsync("Live");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Where_events_are_swallowed_the_page_asks_and_tries_them_again(bool fromTheStart)
    {
        await using var server = await DashboardServer.StartAsync();
        await using var open = await browser.OpenAsync(new Uri("about:blank"));
        await open.Page.AddInitScriptAsync(Watched + $"window.swallows = {(fromTheStart ? "true" : "false")};");
        await open.Page.GotoAsync(server.Address.AbsoluteUri);
        if (!fromTheStart)
        {
            await Expect(open.Live).ToHaveTextAsync("Live");
            await open.Page.EvaluateAsync("window.swallows = true");
        }

        await Expect(open.Live).ToHaveTextAsync("Live, by asking");
        await server.PutAsync("a", "1");
        await Expect(open.Page.GetByText("1 since the start").First).ToBeVisibleAsync();

        await open.Page.EvaluateAsync("window.swallows = false");
        await Expect(open.Live).ToHaveTextAsync("Live");
        Assert.Equal(1, await open.Page.EvaluateAsync<int>(OpenSources));
    }

    [Fact]
    public async Task A_page_whose_events_are_never_answered_asks()
    {
        await using var server = await DashboardServer.StartAsync();
        await using var open = await browser.OpenAsync(new Uri("about:blank"));
        await open.Page.RouteAsync("**/dashboard/events**", static _ => Task.CompletedTask);
        await open.Page.GotoAsync(server.Address.AbsoluteUri);

        await Expect(open.Live).ToHaveTextAsync("Live, by asking");
    }

    [Fact]
    public async Task A_page_that_nobody_sees_takes_no_connection()
    {
        await using var server = await DashboardServer.StartAsync();
        await using var open = await browser.OpenAsync(new Uri("about:blank"));
        await open.Page.AddInitScriptAsync(Watched);
        await open.Page.GotoAsync(server.Address.AbsoluteUri);
        await Expect(open.Live).ToHaveTextAsync("Live");

        await open.Page.EvaluateAsync(Show, false);
        Assert.Equal(0, await open.Page.EvaluateAsync<int>(OpenSources));
        await server.PutAsync("a", "1");

        await open.Page.EvaluateAsync(Show, true);
        Assert.Equal(1, await open.Page.EvaluateAsync<int>(OpenSources));
        await Expect(open.Page.GetByText("1 since the start").First).ToBeVisibleAsync();
        await Expect(open.Live).ToHaveTextAsync("Live");
    }

    [Fact]
    public async Task A_lost_connection_is_said_once()
    {
        await using var server = await DashboardServer.StartAsync();
        await using var open = await browser.OpenAsync(new Uri("about:blank"));
        await open.Page.Clock.InstallAsync();
        await open.Page.GotoAsync(server.Address.AbsoluteUri);
        await Expect(open.Live).ToHaveTextAsync("Live");
        await server.KillAsync();
        await Expect(open.Live).ToHaveTextAsync("Connection lost");
        await Expect(open.Page.GetByText("The figures below are of")).ToBeVisibleAsync();

        await open.Page.EvaluateAsync(
            """
            () => {
              window.said = [];
              const watch = new MutationObserver(() => window.said.push(document.querySelector("header").innerText));
              for (const node of document.querySelectorAll("[aria-live]")) watch.observe(node, { subtree: true, childList: true, characterData: true });
            }
            """
        );
        await open.Page.Clock.RunForAsync(30_000);

        Assert.Empty((await open.Page.EvaluateAsync<string[]>("window.said")).Distinct());
    }
}
