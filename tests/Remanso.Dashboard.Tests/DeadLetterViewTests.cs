using System.Text;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Remanso.Conformance.Servers;
using static Microsoft.Playwright.Assertions;

namespace Remanso.Dashboard.Tests;

/// <summary>What the database refused, in the page: seen, corrected, replayed and dropped.</summary>
public sealed class DeadLetterViewTests(Browser browser)
{
    [Fact]
    public async Task Dead_letters_are_listed_filtered_corrected_replayed_and_dropped()
    {
        await using var server = await DashboardServer.StartFilledAsync();
        await RefuseAsync(server, "default", "order:1", "order:2", "order:3", "user:9");
        await using var open = await browser.OpenAsync(new Uri(server.Address, "#/dead-letters?cache=default"));
        var page = open.Page;
        await Expect(page.GetByText("4 dead letters of default, oldest first.")).ToBeVisibleAsync();
        await Browser.PictureAsync(page, "dead-letters-full");
        Assert.Empty(await Browser.ViolationsAsync(page));

        await page.GetByLabel("Key begins with").FillAsync("order:");
        await page.GetByRole(AriaRole.Button, new() { Name = "List" }).ClickAsync();
        await Expect(page.GetByText("3 dead letters of default whose key begins with “order:”, oldest first.")).ToBeVisibleAsync();
        Assert.EndsWith("#/dead-letters?cache=default&prefix=order%3A", page.Url, StringComparison.Ordinal);

        await page.GetByRole(AriaRole.Button, new() { Name = "Correct order:1" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("refused");
        Assert.Equal("bad", await page.GetByRole(AriaRole.Dialog).GetByLabel("Value").InputValueAsync());
        await Browser.PictureAsync(page, "correct");
        Assert.Empty(await Browser.ViolationsAsync(page));
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Value").FillAsync("good");
        await page.GetByRole(AriaRole.Button, new() { Name = "Store the correction" }).ClickAsync();
        await Expect(page.GetByText("order:1 is corrected and queued.")).ToBeVisibleAsync();
        await Expect(page.GetByText("2 dead letters of default whose key begins with “order:”, oldest first.")).ToBeVisibleAsync();
        await Until.TrueAsync(
            async () => (await StoredAsync(server, "order:1")).Contains("good", StringComparison.Ordinal),
            "the correction is stored"
        );

        await page.GetByLabel("Choose order:2").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Drop 1 …" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("can't be had back");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Drop" }).ClickAsync();
        await Expect(page.GetByText("1 dead letter dropped.")).ToBeVisibleAsync();

        Execute(server, "DROP TRIGGER refuse");
        await page.GetByRole(AriaRole.Button, new() { Name = "Replay all that match …" }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Replay all" }).ClickAsync();
        await Expect(page.GetByText("1 dead letter queued again.")).ToBeVisibleAsync();
        await Until.TrueAsync(
            async () => (await StoredAsync(server, "order:3")).Contains("bad", StringComparison.Ordinal),
            "the replayed one is stored"
        );
        Assert.Contains("user:9", await server.Client.GetStringAsync("v1/caches/default/dead-letters"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_overview_tells_that_no_database_has_what_was_refused()
    {
        await using var server = await DashboardServer.StartFilledAsync();
        await RefuseAsync(server, "default", "order:1", "order:2");

        await using var open = await browser.OpenAsync(server.Address);

        await Expect(open.Page.GetByText("2 dead letters, which the database refused: no database has their values.")).ToBeVisibleAsync();
        await Expect(open.Page.GetByText("every accepted write is stored")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task What_is_done_is_done_to_what_is_listed_whatever_the_fields_say_by_then()
    {
        await using var server = await DashboardServer.StartFilledAsync();
        await RefuseAsync(server, "default", "a:1", "b:1");
        await RefuseAsync(server, "orders", "a:1", "b:1");
        await using var open = await browser.OpenAsync(new Uri(server.Address, "#/dead-letters?cache=default"));
        var page = open.Page;
        var dialog = page.GetByRole(AriaRole.Dialog);
        await Expect(page.GetByText("2 dead letters of default, oldest first.")).ToBeVisibleAsync();

        await page.GetByLabel("Cache").SelectOptionAsync("orders");
        await page.GetByLabel("Choose a:1").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Drop 1 …" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Heading)).ToHaveTextAsync("Drop 1 dead letter of default?");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Drop" }).ClickAsync();
        await Expect(page.GetByText("1 dead letter dropped.")).ToBeVisibleAsync();
        await Expect(page.GetByText("1 dead letter of default, oldest first.")).ToBeVisibleAsync();
        Assert.Equal(["b:1"], await RefusedAsync(server, "default"));
        Assert.Equal(["a:1", "b:1"], await RefusedAsync(server, "orders"));

        await page.GetByRole(AriaRole.Button, new() { Name = "List" }).ClickAsync();
        await Expect(page.GetByText("2 dead letters of orders, oldest first.")).ToBeVisibleAsync();
        await page.GetByLabel("Key begins with").FillAsync("a:");
        await page.GetByRole(AriaRole.Button, new() { Name = "List" }).ClickAsync();
        await Expect(page.GetByText("1 dead letter of orders whose key begins with “a:”, oldest first.")).ToBeVisibleAsync();
        await page.GetByLabel("Key begins with").FillAsync("b:");
        await page.GetByRole(AriaRole.Button, new() { Name = "Drop all that match …" }).ClickAsync();
        await Expect(dialog.GetByRole(AriaRole.Heading)).ToHaveTextAsync("Drop all dead letters of orders whose key begins with “a:”?");

        // A question is not left behind for another view.
        await open.GoAsync("#/entries");
        await Expect(dialog).ToHaveCountAsync(0);
        await open.GoAsync("#/dead-letters?cache=orders&prefix=a:");
        await page.GetByRole(AriaRole.Button, new() { Name = "Drop all that match …" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Drop all" }).ClickAsync();
        await Expect(page.GetByText("There is none of orders whose key begins with “a:”.")).ToBeVisibleAsync();
        Assert.Equal(["b:1"], await RefusedAsync(server, "default"));
        Assert.Equal(["b:1"], await RefusedAsync(server, "orders"));
    }

    [Fact]
    public async Task A_correction_keeps_the_ends_of_the_lines_and_is_stored_by_Enter()
    {
        await using var server = await DashboardServer.StartFilledAsync();
        const string Refused = "\uFEFFbad\r\nline\r\n";
        await RefuseAsync(server, "default", Encoding.UTF8.GetBytes(Refused), "lines", "same");
        await using var open = await browser.OpenAsync(new Uri(server.Address, "#/dead-letters?cache=default"));
        var page = open.Page;
        var dialog = page.GetByRole(AriaRole.Dialog);
        Execute(server, "DROP TRIGGER refuse");

        await page.GetByRole(AriaRole.Button, new() { Name = "Correct same" }).ClickAsync();
        await dialog.GetByLabel("Content type").FillAsync("текст");
        await page.Keyboard.PressAsync("Enter");
        Assert.True(await dialog.GetByLabel("Content type").EvaluateAsync<bool>("input => input.validity.patternMismatch"));
        await Expect(dialog).ToBeVisibleAsync();
        await dialog.GetByLabel("Content type").FillAsync("text/csv");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByText("same is corrected and queued.")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Correct lines" }).ClickAsync();
        await dialog.GetByLabel("Value").FillAsync("good\nline\n");
        await dialog.GetByLabel("Content type").PressAsync("Enter");
        await Expect(page.GetByText("lines is corrected and queued.")).ToBeVisibleAsync();

        Assert.Equal(Refused, Encoding.UTF8.GetString(await server.Client.GetByteArrayAsync("v1/caches/default/entries/same")));
        using var same = await server.Client.GetAsync("v1/caches/default/entries/same");
        Assert.Equal("text/csv", same.Content.Headers.ContentType?.MediaType);
        Assert.Equal("good\r\nline\r\n", await server.Client.GetStringAsync("v1/caches/default/entries/lines"));
    }

    [Fact]
    public async Task A_correction_says_why_its_field_begins_empty()
    {
        await using var server = await DashboardServer.StartFilledAsync();
        await RefuseAsync(server, "default", [0xff, 0x00], "binary");
        await RefuseAsync(server, "default", Encoding.UTF8.GetBytes(new string('я', 40_000)), "long");
        await using var open = await browser.OpenAsync(new Uri(server.Address, "#/dead-letters?cache=default"));
        var page = open.Page;
        var dialog = page.GetByRole(AriaRole.Dialog);
        foreach (
            var (key, why) in new[] { ("binary", "is no text: the field begins empty"), ("long", "is larger than what is shown here") }
        )
        {
            await page.GetByRole(AriaRole.Button, new() { Name = $"Correct {key}" }).ClickAsync();
            await Expect(dialog).ToContainTextAsync(why);
            await Expect(dialog.GetByLabel("Value")).ToHaveValueAsync(string.Empty);

            // What was not seen is not replaced by nothing.
            await dialog.GetByLabel("Content type").PressAsync("Enter");
            await Expect(dialog).ToBeVisibleAsync();
            await dialog.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
            await Expect(dialog).ToHaveCountAsync(0);
        }
    }

    [Fact]
    public async Task Nothing_that_is_typed_is_looked_up_for_its_spelling()
    {
        await using var server = await DashboardServer.StartFilledAsync();
        await RefuseAsync(server, "default", "order:1");
        await using var open = await browser.OpenAsync(new Uri(server.Address, "#/dead-letters?cache=default"));
        var page = open.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "Correct order:1" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog).GetByLabel("Value")).ToBeVisibleAsync();
        Assert.Equal("0 of 5", await SpelledAsync(page));

        await open.GoAsync("#/entries");
        await Expect(page.GetByLabel("Key", new() { Exact = true })).ToBeVisibleAsync();
        await Expect(page.Locator("dialog")).ToHaveCountAsync(0);
        Assert.Equal("0 of 1", await SpelledAsync(page));
    }

    [Fact]
    public async Task One_click_asks_once_and_the_overview_leads_to_a_cache_that_has_some()
    {
        await using var server = await DashboardServer.StartFilledAsync();
        await RefuseAsync(server, "orders", "order:1");
        await using var open = await browser.OpenAsync(server.Address);
        var page = open.Page;
        List<string> asked = [];
        page.Request += (_, request) => asked.Add(new Uri(request.Url).AbsolutePath);

        await page.GetByText("See what the database refused").ClickAsync();
        await Expect(page.GetByText("1 dead letter of orders, oldest first.")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Show order:1" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Database" })).ToBeVisibleAsync();
        await page.GoBackAsync();
        await Expect(page.GetByText("1 dead letter of orders, oldest first.")).ToBeVisibleAsync();

        Assert.Equal(2, asked.Count(static path => path.EndsWith("/dead-letters", StringComparison.Ordinal)));
        Assert.Single(asked, static path => path.EndsWith("/inspect", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_presses_a_button_that_is_replaced_goes_on_from_what_is_said()
    {
        await using var server = await DashboardServer.StartFilledAsync();
        await RefuseAsync(server, "default", "order:1", "order:2");
        await using var open = await browser.OpenAsync(new Uri(server.Address, "#/dead-letters?cache=default"));
        var page = open.Page;
        var dialog = page.GetByRole(AriaRole.Dialog);
        await page.GetByLabel("Choose order:1").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Drop 1 …" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Drop" }).ClickAsync();
        await Expect(page.Locator(":focus")).ToContainTextAsync("1 dead letter dropped.");

        await open.GoAsync("#/entries?cache=default&key=user:42");
        await page.GetByRole(AriaRole.Button, new() { Name = "Invalidate" }).ClickAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Invalidate" }).ClickAsync();
        await Expect(page.Locator(":focus")).ToContainTextAsync("Its copies are dropped.");
    }

    private static Task<string> SpelledAsync(IPage page) =>
        page.EvaluateAsync<string>(
            """
            () => {
              const fields = [...document.querySelectorAll("textarea, input:not([type=checkbox])")];
              return `${fields.filter(one => one.spellcheck).length} of ${fields.length}`;
            }
            """
        );

    // 404 until it is there.
    private static async Task<string> StoredAsync(DashboardServer server, string key)
    {
        using var answer = await server.Client.GetAsync($"get/{key}?source=db");
        return await answer.Content.ReadAsStringAsync();
    }

    private static Task RefuseAsync(DashboardServer server, string cache, params string[] keys) =>
        RefuseAsync(server, cache, "bad"u8.ToArray(), keys);

    // From here on the database refuses the value, until the trigger is gone.
    private static async Task RefuseAsync(DashboardServer server, string cache, byte[] value, params string[] keys)
    {
        Execute(
            server,
            "DROP TRIGGER IF EXISTS refuse; CREATE TRIGGER refuse BEFORE INSERT ON cache_data WHEN NEW.value = "
                + $"X'{Convert.ToHexString(value)}' BEGIN SELECT RAISE(ABORT, 'bad is refused'); END"
        );
        foreach (var key in keys)
        {
            await server.PutAsync(key, value, cache: cache);
        }

        await Until.TrueAsync(async () => !keys.Except(await RefusedAsync(server, cache)).Any(), $"{string.Join(", ", keys)} are refused");
    }

    private static async Task<string[]> RefusedAsync(DashboardServer server, string cache)
    {
        using var answer = JsonDocument.Parse(await server.Client.GetStringAsync($"v1/caches/{cache}/dead-letters"));
        return
        [
            .. answer
                .RootElement.GetProperty("deadLetters")
                .EnumerateArray()
                .Select(static one => one.GetProperty("key").GetString()!)
                .Order(),
        ];
    }

    private static void Execute(DashboardServer server, string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(server.Folder, "remanso.db")};Default Timeout=30");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
