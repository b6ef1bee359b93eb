using static Microsoft.Playwright.Assertions;

namespace Remanso.Dashboard.Tests;

/// <summary>What the view of an entry says of tier and database together.</summary>
public sealed class StoryTests(Browser browser)
{
    private const string Error = """{"is":"error","error":"It can't be reached."}""";
    private const string Missing = """{"is":"missing"}""";
    private const string Unknown = """{"is":"unknown"}""";
    private const string Off = """{"is":"off"}""";

    /// <summary>The tier, the database, and the story: none where it is empty.</summary>
    public static TheoryData<string, string, string> Stories =>
        new()
        {
            { Side(7), Side(7), "Tier and database agree." },
            { Side(7), Side(6), "Tier and database differ: the row was changed behind the cache's back, or a moment ago." },
            { Side(7, dirty: true), Side(6), "The tier is ahead of the database: the entry is on its way." },
            { Side(7, dirty: true), Missing, "The tier is ahead of the database: the entry is on its way." },
            { Side(7, dirty: true, deadLetter: true), Side(6), "The database refused it: see Dead letters." },
            { Side(7), Error, "The database can't be read now, so the two can't be compared." },
            { Unknown, Error, "The database can't be read now, so the two can't be compared." },
            { Error, Side(7), "The tier can't be read now, so the two can't be compared." },
            { Side(0, "absent"), Missing, "Neither has a value: the tier knows that the key is absent." },
            { Side(7, "absent"), Side(7, "absent"), "It is deleted, in the tier and in the database." },
            { Side(7), Missing, "The tier has a copy, and the database no row: it was deleted behind the cache's back, or a moment ago." },
            { Unknown, Missing, "Nothing is known of this key." },
            { Unknown, Side(7), "The tier holds no copy: the next read loads." },
            { Side(7), Off, "" },
        };

    [Theory]
    [MemberData(nameof(Stories))]
    public async Task The_story_is_that_of_the_two(string tier, string store, string story)
    {
        await using var server = await DashboardServer.StartAsync();
        await using var open = await browser.OpenAsync(new Uri("about:blank"));
        var body = $$"""{"key":"k","at":1000,"showsValues":false,"near":{{Off}},"tier":{{tier}},"store":{{store}}}""";
        await open.Page.RouteAsync("**/inspect**", route => route.FulfillAsync(new() { ContentType = "application/json", Body = body }));
        await open.Page.GotoAsync(new Uri(server.Address, "#/entries?cache=default&key=k").AbsoluteUri);

        await Expect(open.Page.GetByRole(AriaRole.Heading, new() { Name = "Database" })).ToBeVisibleAsync();
        await Expect(open.Page.Locator(".head + p")).ToHaveTextAsync(story.Length > 0 ? [story] : []);
        await Expect(open.Page.GetByText("This cache has no store.")).ToHaveCountAsync(store == Off ? 1 : 0);
    }

    private static string Side(long version, string state = "found", bool dirty = false, bool deadLetter = false) =>
        $$"""
            {"is":"{{state}}","version":{{version}},"dirty":{{(dirty ? "true" : "false")}},
             "deadLetter":{{(deadLetter ? "true" : "false")}},"contentType":null,"bytes":1,"cachedAt":null,"freshUntil":null,
             "staleUntil":null,"expiresAt":null,"tags":[]}
            """;
}
