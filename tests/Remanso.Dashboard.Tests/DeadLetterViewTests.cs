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
        Execute(
            server,
            "CREATE TRIGGER refuse BEFORE INSERT ON cache_data WHEN NEW.value = CAST('bad' AS BLOB) BEGIN SELECT "
                + "RAISE(ABORT, 'bad is refused'); END"
        );
        foreach (var key in new[] { "order:1", "order:2", "order:3", "user:9" })
        {
            await server.PutAsync(key, "bad");
        }

        await Until.TrueAsync(
            async () => (await server.Client.GetStringAsync("v1/caches/default/dead-letters")).Split("\"key\"").Length == 5,
            "four are refused"
        );
        await using var open = await browser.OpenAsync(new Uri(server.Address, "#/dead-letters?cache=default"));
        var page = open.Page;
        await Expect(page.GetByText("4 dead letters, oldest first.")).ToBeVisibleAsync();
        await Browser.PictureAsync(page, "dead-letters-full");
        Assert.Empty(await Browser.ViolationsAsync(page));

        await page.GetByLabel("Key begins with").FillAsync("order:");
        await page.GetByRole(AriaRole.Button, new() { Name = "List" }).ClickAsync();
        await Expect(page.GetByText("3 dead letters, oldest first.")).ToBeVisibleAsync();
        Assert.EndsWith("#/dead-letters?cache=default&prefix=order%3A", page.Url, StringComparison.Ordinal);

        await page.GetByRole(AriaRole.Button, new() { Name = "Correct order:1" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToContainTextAsync("refused");
        Assert.Equal("bad", await page.GetByRole(AriaRole.Dialog).GetByLabel("Value").InputValueAsync());
        await Browser.PictureAsync(page, "correct");
        Assert.Empty(await Browser.ViolationsAsync(page));
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Value").FillAsync("good");
        await page.GetByRole(AriaRole.Button, new() { Name = "Store the correction" }).ClickAsync();
        await Expect(page.GetByText("order:1 is corrected and queued.")).ToBeVisibleAsync();
        await Expect(page.GetByText("2 dead letters, oldest first.")).ToBeVisibleAsync();
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

    // 404 until it is there.
    private static async Task<string> StoredAsync(DashboardServer server, string key)
    {
        using var answer = await server.Client.GetAsync($"get/{key}?source=db");
        return await answer.Content.ReadAsStringAsync();
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
