using System.Collections.Concurrent;
using System.Globalization;
using static Microsoft.Playwright.Assertions;

namespace Remanso.Dashboard.Tests;

/// <summary>Each view, driven as people do.</summary>
public sealed class ViewTests(Browser browser)
{
    [Fact]
    public async Task A_burst_is_seen_in_the_overview()
    {
        await using var server = await DashboardServer.StartFilledAsync();
        await using var open = await browser.OpenAsync(server.Address);
        await open.Page.GetByRole(AriaRole.Link, new() { Name = "Try it" }).ClickAsync();
        await open.Page.GetByLabel("Readers of one missing key").FillAsync("300");
        await open.Page.GetByLabel("Writes of one key").FillAsync("700");
        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Make the burst" }).ClickAsync();
        await Expect(open.Page.GetByText("300 readers made 1 query")).ToBeVisibleAsync();
        await Expect(open.Page.GetByText("700 writes became")).ToBeVisibleAsync();
        await Browser.PictureAsync(open.Page, "tried");

        await open.Page.GetByRole(AriaRole.Link, new() { Name = "See it in the charts" }).ClickAsync();

        await Expect(open.Page.GetByText("702 since the start")).ToBeVisibleAsync();
        await Expect(open.Page.GetByText("Nothing: every accepted write is stored.")).ToBeVisibleAsync();
        Assert.Equal(3, await open.Page.Locator("canvas").CountAsync());
        Assert.EndsWith("#/?cache=default", open.Page.Url, StringComparison.Ordinal);
        await Browser.PictureAsync(open.Page, "burst");
    }

    [Fact]
    public async Task Two_hundred_caches_are_listed_searched_and_sent_on_by_address()
    {
        var caches = Enumerable
            .Range(0, 200)
            .SelectMany(static i => new[] { $"--Remanso:Caches:shop-{i.ToString("000", CultureInfo.InvariantCulture)}:MaxTags", "8" })
            .ToArray();
        await using var server = await DashboardServer.StartAsync(caches);
        await using var open = await browser.OpenAsync(new Uri(server.Address, "#/caches"));
        await Expect(open.Page.GetByText("The first 100 of 201 caches; the others are cut off.")).ToBeVisibleAsync();
        await Expect(open.Page.Locator("tbody tr")).ToHaveCountAsync(100);
        await Browser.PictureAsync(open.Page, "caches-200");

        await open.Page.GetByLabel("Search").FillAsync("shop-19");
        await Expect(open.Page.Locator("tbody tr")).ToHaveCountAsync(10);
        Assert.EndsWith("#/caches?q=shop-19", open.Page.Url, StringComparison.Ordinal);

        await using var sent = await browser.OpenAsync(new Uri(open.Page.Url));
        await Expect(sent.Page.Locator("tbody tr")).ToHaveCountAsync(10);
        await sent.Page.GetByRole(AriaRole.Link, new() { Name = "shop-191" }).ClickAsync();
        await sent.Page.GetByLabel("Only what differs").CheckAsync();
        await Expect(sent.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Expect(sent.Page.Locator("tbody tr")).ToContainTextAsync("MaxTags");
    }

    [Fact]
    public async Task A_key_is_looked_at_in_all_its_forms_invalidated_and_deleted()
    {
        await using var server = await DashboardServer.StartFilledAsync();
        await server.PutAsync("user:43", "{\"id\":12345678901234567890,\"tags\":[]}", "application/json");
        await server.Client.PostAsync("v1/caches/default/flush", content: null);
        await using var open = await browser.OpenAsync(new Uri(server.Address, "#/entries?cache=default&key=user:43"));
        await Expect(open.Page.GetByText("Tier and database agree.")).ToBeVisibleAsync();
        await Expect(open.Page.Locator("pre").First).ToHaveTextAsync("{\n  \"id\": 12345678901234567890,\n  \"tags\": []\n}");
        await open.Page.GetByLabel("Form of the value").First.SelectOptionAsync("hex");
        await Expect(open.Page.Locator("pre").First).ToContainTextAsync("000000  7b 22 69 64");

        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Invalidate" }).ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("Nothing is lost.");
        await open.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Invalidate" }).ClickAsync();
        await Expect(open.Page.GetByText("Its copies are dropped.")).ToBeVisibleAsync();
        await Expect(open.Page.GetByText("The tier holds no copy: the next read loads.")).ToBeVisibleAsync();

        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await open.Page.Keyboard.PressAsync("Escape");
        await Expect(open.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await open.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Expect(open.Page.GetByText("It is deleted.")).ToBeVisibleAsync();
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await server.Client.GetAsync("get/user:43")).StatusCode);
    }

    [Fact]
    public async Task A_value_that_is_cut_inside_a_character_is_text_still()
    {
        await using var server = await DashboardServer.StartFilledAsync();
        await server.PutAsync("long", "a" + new string('я', 40_000));
        await using var open = await browser.OpenAsync(new Uri(server.Address, "#/entries?cache=default&key=long"));

        await Expect(open.Page.GetByText("The first 64 KiB; the rest is cut off.").First).ToBeVisibleAsync();

        await Expect(open.Page.Locator("pre").First).ToHaveTextAsync("a" + new string('я', 32_767));
    }

    [Fact]
    public async Task What_is_done_is_done_to_the_entry_that_is_shown_whatever_the_fields_say_by_then()
    {
        await using var server = await DashboardServer.StartFilledAsync();
        await server.PutAsync("user:42", "another", cache: "orders");
        await using var open = await browser.OpenAsync(new Uri("about:blank"));
        var page = open.Page;
        var asked = new TaskCompletionSource<IRoute>(TaskCreationOptions.RunContinuationsAsynchronously);
        await page.RouteAsync("**/caches/default/inspect**", route =>
            asked.TrySetResult(route) ? Task.CompletedTask : route.ContinueAsync()
        );
        await page.GotoAsync(new Uri(server.Address, "#/entries?cache=default&key=user:42").AbsoluteUri);
        var held = await asked.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);

        await page.GetByLabel("Cache").SelectOptionAsync("orders");
        await held.ContinueAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(dialog.GetByRole(AriaRole.Heading)).ToHaveTextAsync("Delete user:42 of default?");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Expect(page.GetByText("It is deleted.")).ToBeVisibleAsync();

        Assert.Equal("another", await server.Client.GetStringAsync("v1/caches/orders/entries/user:42"));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await server.Client.GetAsync("get/user:42")).StatusCode);
    }

    [Fact]
    public async Task The_end_of_an_action_takes_no_key_away_that_was_looked_up_since()
    {
        await using var server = await DashboardServer.StartFilledAsync();
        await server.PutAsync("other", "another");
        await using var open = await browser.OpenAsync(new Uri(server.Address, "#/entries?cache=default&key=user:42"));
        var page = open.Page;
        var asked = new TaskCompletionSource<IRoute>(TaskCreationOptions.RunContinuationsAsynchronously);
        await page.RouteAsync("**/caches/default/delete**", route =>
        {
            asked.TrySetResult(route);
            return Task.CompletedTask;
        });
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        var held = await asked.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);

        await page.GetByLabel("Key").FillAsync("other");
        await page.GetByRole(AriaRole.Button, new() { Name = "Look" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "other" })).ToBeVisibleAsync();
        await held.ContinueAsync();

        await Expect(page.GetByText("user:42 of default: It is deleted.")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "other" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task An_address_that_was_mistyped_shows_a_page_all_the_same()
    {
        await using var server = await DashboardServer.StartFilledAsync();
        await using var open = await browser.OpenAsync(new Uri(server.Address, "#/caches/%E0"));

        await Expect(open.Page.Locator("h1")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task Bursts_end_with_the_view_that_makes_them()
    {
        await using var server = await DashboardServer.StartFilledAsync();
        await using var open = await browser.OpenAsync(new Uri(server.Address, "#/try"));
        var page = open.Page;
        var first = new TaskCompletionSource<IRoute>(TaskCreationOptions.RunContinuationsAsynchronously);
        ConcurrentQueue<string?> sent = new();
        await page.RouteAsync("**/try", route =>
        {
            sent.Enqueue(route.Request.PostData);
            return first.TrySetResult(route) ? Task.CompletedTask : route.ContinueAsync();
        });
        await page.GetByLabel("How often").SelectOptionAsync("30");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make the burst" }).ClickAsync();
        var held = await first.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System);
        await open.GoAsync("#/caches");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Caches" })).ToBeVisibleAsync();
        await page.RunAndWaitForResponseAsync(() => held.ContinueAsync(), "**/try");

        await open.GoAsync("#/try");
        await page.GetByLabel("Readers of one missing key").FillAsync("7");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make the burst" }).ClickAsync();
        await Expect(page.GetByText("7 readers made 1 query")).ToBeVisibleAsync();

        Assert.Equal(["{\"readers\":500,\"writes\":1000}", "{\"readers\":7,\"writes\":1000}"], sent);
    }

    [Fact]
    public async Task A_key_shows_its_history_where_it_is_kept()
    {
        await using var server = await DashboardServer.StartAsync(
            "--environment",
            "Development",
            "--Remanso:Caches:ledger:WriteMode",
            "EveryVersion"
        );
        foreach (var value in new[] { "first", $"{{\"name\":\"{new string('x', 80)}\",\"number\":12345678901234567890}}" })
        {
            await server.PutAsync("k", value, cache: "ledger");
        }

        await server.Client.DeleteAsync("v1/caches/ledger/entries/k?durability=stored");
        for (var i = 0; i < 22; i++)
        {
            await server.PutAsync("long", $"{i}", cache: "ledger");
        }

        await server.Client.PostAsync("v1/caches/ledger/flush", content: null);
        await using var open = await browser.OpenAsync(new Uri(server.Address, "#/entries?cache=ledger&key=k"));
        var rows = open.Page.Locator("tbody tr");
        await Expect(rows).ToHaveCountAsync(3, new() { Timeout = 30_000 });
        await Expect(rows.Nth(0)).ToContainTextAsync("deleted");
        await rows.Nth(1).Locator("summary").ClickAsync();
        await Expect(rows.Nth(1).Locator("pre")).ToContainTextAsync("\"number\": 12345678901234567890");
        await Expect(rows.Nth(2)).ToContainTextAsync("first");
        await Browser.PictureAsync(open.Page, "history");
        Assert.Empty(await Browser.ViolationsAsync(open.Page));

        await open.GoAsync("#/entries?cache=ledger&key=long");
        await Expect(open.Page.GetByText("The last 20; earlier versions are cut off.")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await Expect(rows).ToHaveCountAsync(20);
    }

    [Fact]
    public async Task A_sign_in_by_key_shows_what_the_key_may_and_ends()
    {
        using var key = new KeyFile("read,observe");
        await using var server = await DashboardServer.StartAsync("--Remanso:Security:KeyFile", key.Path);
        await using var open = await browser.OpenAsync(server.Address);
        await Expect(open.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await Browser.PictureAsync(open.Page, "sign-in");
        Assert.Empty(await Browser.ViolationsAsync(open.Page));
        await open.Page.GetByLabel("Key", new() { Exact = true }).FillAsync("rmk_wrong");
        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await open.Page.GetByLabel("Key", new() { Exact = true }).FillAsync("ключ");
        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Alert)).ToHaveTextAsync("The key has “к” in it, which can't be sent there.");

        await open.Page.GetByLabel("Key", new() { Exact = true }).FillAsync(key.Text);
        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(open.Live).ToHaveTextAsync("Live");
        await open.GoAsync("#/entries?cache=default&key=nothing");
        await Expect(open.Page.GetByText("may look, and change nothing")).ToBeVisibleAsync();
        await open.GoAsync("#/dead-letters");
        await Expect(open.Page.GetByText("Dead letters need the scope operate")).ToBeVisibleAsync();
        await Browser.PictureAsync(open.Page, "not-granted");

        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Signing_out_counts_for_every_tab_and_so_does_a_key_that_was_revoked()
    {
        using var key = new KeyFile("all");
        await using var server = await DashboardServer.StartAsync("--Remanso:Security:KeyFile", key.Path);
        await using var open = await browser.OpenAsync(server.Address);
        var heading = new PageGetByRoleOptions { Name = "Sign in" };
        var other = await open.Page.Context.NewPageAsync();
        await other.GotoAsync(server.Address.AbsoluteUri);
        await Expect(other.GetByRole(AriaRole.Heading, heading)).ToBeVisibleAsync();

        await SignInAsync();
        await Expect(other.Locator("#live")).ToHaveTextAsync("Live");
        await other.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Heading, heading)).ToBeVisibleAsync();

        // A view hears of it before the events do.
        await SignInAsync();
        await open.Page.RouteAsync("**/dashboard/caches/default/dead-letters**", static route =>
            route.FulfillAsync(new() { Status = 401 })
        );
        await open.GoAsync("#/dead-letters");
        await Expect(open.Page.GetByText("The sign-in has ended.")).ToBeVisibleAsync();

        async Task SignInAsync()
        {
            await open.Page.GetByLabel("Key", new() { Exact = true }).FillAsync(key.Text);
            await open.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
            await Expect(open.Live).ToHaveTextAsync("Live");
        }
    }

    [Fact]
    public async Task Who_may_not_see_reasons_is_not_offered_to_search_them()
    {
        using var key = new KeyFile("read,operate");
        await using var server = await DashboardServer.StartAsync("--Remanso:Security:KeyFile", key.Path);
        await using var open = await browser.OpenAsync(server.Address);
        await open.Page.GetByLabel("Key", new() { Exact = true }).FillAsync(key.Text);
        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(open.Live).ToHaveTextAsync("Live");

        await open.GoAsync("#/dead-letters?error=refused");

        await Expect(open.Page.GetByLabel("Error has")).ToBeDisabledAsync();
        await Expect(open.Page.GetByText("There are none in default")).ToBeVisibleAsync();
        Assert.Empty(await Browser.ViolationsAsync(open.Page));
    }

    [Fact]
    public async Task The_page_is_used_by_keys_alone()
    {
        await using var server = await DashboardServer.StartFilledAsync();
        await using var open = await browser.OpenAsync(server.Address);
        await Expect(open.Live).ToHaveTextAsync("Live");
        await open.Page.Keyboard.PressAsync("Tab");
        await Expect(open.Page.Locator(".skip")).ToBeFocusedAsync();
        await open.Page.Keyboard.PressAsync("Enter");
        await Expect(open.Page.Locator("#main")).ToBeFocusedAsync();

        await open.Page.GetByRole(AriaRole.Link, new() { Name = "Entries" }).FocusAsync();
        await open.Page.Keyboard.PressAsync("Enter");
        await open.Page.GetByLabel("Key").FocusAsync();
        await open.Page.Keyboard.TypeAsync("user:42");
        await open.Page.Keyboard.PressAsync("Enter");
        await Expect(open.Page.GetByRole(AriaRole.Heading, new() { Name = "Database" })).ToBeVisibleAsync();
    }
}
