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
        var folder = Directory.CreateTempSubdirectory("remanso-keys-");
        var (path, key) = KeyFile.Make(folder.FullName, "read,observe");
        await using var server = await DashboardServer.StartAsync("--Remanso:Security:KeyFile", path);
        await using var open = await browser.OpenAsync(server.Address);
        await Expect(open.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        await Browser.PictureAsync(open.Page, "sign-in");
        Assert.Empty(await Browser.ViolationsAsync(open.Page));
        await open.Page.GetByLabel("Key", new() { Exact = true }).FillAsync("rmk_wrong");
        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();

        await open.Page.GetByLabel("Key", new() { Exact = true }).FillAsync(key);
        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(open.Live).ToHaveTextAsync("Live");
        await open.GoAsync("#/entries?cache=default&key=nothing");
        await Expect(open.Page.GetByText("may look, and change nothing")).ToBeVisibleAsync();
        await open.GoAsync("#/dead-letters");
        await Expect(open.Page.GetByText("Dead letters need the scope operate")).ToBeVisibleAsync();
        await Browser.PictureAsync(open.Page, "not-granted");

        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(open.Page.GetByRole(AriaRole.Heading, new() { Name = "Sign in" })).ToBeVisibleAsync();
        folder.Delete(recursive: true);
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
