using static Microsoft.Playwright.Assertions;

namespace Remanso.Dashboard.Tests;

/// <summary>Each view as axe sees it: in light, in dark and on a phone.</summary>
public sealed class AccessibilityTests(Browser browser)
{
    private static readonly string[] _views =
    [
        "#/",
        "#/caches",
        "#/caches/orders",
        "#/entries?cache=default&key=user:42",
        "#/dead-letters?cache=refused",
        "#/try",
        "#/processes",
    ];

    [Theory]
    [InlineData(ColorScheme.Light, false)]
    [InlineData(ColorScheme.Dark, false)]
    [InlineData(ColorScheme.Light, true)]
    public async Task Axe_finds_nothing_in_any_view(ColorScheme scheme, bool isPhone)
    {
        await using var server = await DashboardServer.StartFilledAsync();
        await using var open = await browser.OpenAsync(server.Address, scheme, isPhone);
        await Expect(open.Live).ToHaveTextAsync("Live");
        foreach (var view in _views)
        {
            await open.GoAsync(view);
            await Expect(open.Page.Locator("main h1")).ToBeVisibleAsync();
            if (view.Contains("key=", StringComparison.Ordinal))
            {
                await Expect(open.Page.GetByRole(AriaRole.Heading, new() { Name = "Database" })).ToBeVisibleAsync();
            }

            if (view.StartsWith("#/processes", StringComparison.Ordinal) || view.StartsWith("#/dead-letters", StringComparison.Ordinal))
            {
                // What is asked for has come: the one process, or that there is none.
                await Expect(open.Page.Locator("main tbody tr, main .card.empty")).ToHaveCountAsync(1, new() { Timeout = 30_000 });
            }

            foreach (var summary in await open.Page.Locator("main details > summary").AllAsync())
            {
                await summary.ClickAsync();
            }

            await Browser.PictureAsync(
                open.Page,
                $"{view.Replace('/', '-').Replace('?', '-').Replace(':', '-').Trim('#', '-')}-{scheme}{(isPhone ? "-phone" : "")}"
            );
            Assert.Empty(await Browser.ViolationsAsync(open.Page));

            // Nothing is wider than the page: a phone scrolls down, never to the side.
            Assert.True(
                await open.Page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= innerWidth"),
                $"{view} is wider than the page."
            );
        }
    }
}
