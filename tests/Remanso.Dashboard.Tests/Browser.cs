using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Remanso.Conformance.Support;

namespace Remanso.Dashboard.Tests;

/// <summary>Debian's Chromium, driven; one for all tests, with a context of its own for each page.</summary>
public sealed class Browser : IAsyncLifetime
{
    // What is waited for comes, or never does: no test is about how soon, and a browser that shares its processor with other tests is slow.
    private const int Patience = 60_000;

    // Where set, every picture is kept there to be looked at.
    private static readonly string? _pictures = Environment.GetEnvironmentVariable("REMANSO_PICTURES");

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        Assertions.SetDefaultExpectTimeout(Patience);
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions
            {
                ExecutablePath = Browsers.Chromium,
                Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }

    /// <summary>A page of a server: its errors, and what its policy forbids it, fail the test that closes it.</summary>
    public async Task<OpenPage> OpenAsync(Uri address, ColorScheme scheme = ColorScheme.Light, bool isPhone = false)
    {
        var context = await _browser!.NewContextAsync(
            new BrowserNewContextOptions
            {
                ColorScheme = scheme,
                ReducedMotion = ReducedMotion.Reduce,
                ViewportSize = isPhone ? new ViewportSize { Width = 390, Height = 844 } : new ViewportSize { Width = 1280, Height = 900 },
                Locale = "en-GB",
            }
        );
        context.SetDefaultTimeout(Patience);
        var page = await context.NewPageAsync();
        var open = new OpenPage(page);
        await page.GotoAsync(address.AbsoluteUri);
        return open;
    }

    /// <summary>What axe finds wrong with a page, one line each.</summary>
    public static async Task<string[]> ViolationsAsync(IPage page)
    {
        var found = await page.RunAxe();
        return [.. found.Violations.Select(Text)];
    }

    /// <summary>Keeps a picture, where somebody wants to look at it.</summary>
    public static async Task PictureAsync(IPage page, string name)
    {
        if (_pictures is not null)
        {
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(_pictures, name + ".png"), FullPage = true });
        }
    }

    private static string Text(AxeResultItem item) =>
        $"{item.Id} ({item.Impact}): {item.Help}: {string.Join("; ", item.Nodes.Select(static node => node.Html))}";
}
