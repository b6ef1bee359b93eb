using static Microsoft.Playwright.Assertions;

namespace Remanso.Dashboard.Tests;

/// <summary>Something else answers in the server's place, such as the login of the application whose sign-in has ended.</summary>
public sealed class OtherAnswerTests(Browser browser)
{
    private const string Reason = "Something else answered: has the sign-in ended? Reload the page.";

    private static readonly RouteFulfillOptions _page = new()
    {
        Status = 200,
        ContentType = "text/html",
        Body = "<!doctype html><title>Log in</title>",
    };

    private static readonly RouteFulfillOptions _toThePage = new()
    {
        Status = 302,
        Headers = new Dictionary<string, string>(StringComparer.Ordinal) { ["Location"] = "/account/login" },
    };

    public static TheoryData<bool> Answers => [true, false];

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task What_a_login_answers_is_not_done(bool isRedirect)
    {
        await using var server = await DashboardServer.StartFilledAsync();
        await using var open = await browser.OpenAsync(new Uri(server.Address, "#/entries?cache=default&key=user:42"));
        var page = open.Page;
        await page.RouteAsync("**/account/login", static route => route.FulfillAsync(_page));
        foreach (var (call, done) in new[] { ("delete", "It is deleted."), ("invalidate", "Its copies are dropped.") })
        {
            await page.RouteAsync($"**/caches/default/{call}**", route => route.FulfillAsync(isRedirect ? _toThePage : _page));
            var button = new PageGetByRoleOptions { Name = call == "delete" ? "Delete" : "Invalidate" };
            await page.GetByRole(AriaRole.Button, button).ClickAsync();
            await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = button.Name }).ClickAsync();

            await Expect(page.GetByText($"user:42 of default: {Reason}")).ToBeVisibleAsync();
            await Expect(page.GetByText(done)).ToHaveCountAsync(0);
            await page.ReloadAsync();
        }
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task Figures_that_end_by_a_login_end_with_the_reason_and_no_form_for_a_key(bool isRedirect)
    {
        await using var server = await DashboardServer.StartAsync();
        await using var open = await browser.OpenAsync(new Uri("about:blank"));
        await open.Page.RouteAsync("**/account/login", static route => route.FulfillAsync(_page));
        await open.Page.RouteAsync("**/dashboard/events**", static route => route.FulfillAsync(new() { Status = 401 }));
        await open.Page.RouteAsync("**/dashboard/snapshot**", route => route.FulfillAsync(isRedirect ? _toThePage : _page));
        await open.Page.GotoAsync(server.Address.AbsoluteUri);

        await Expect(open.Page.Locator("main").GetByText(Reason)).ToBeVisibleAsync();
        await Expect(open.Page.GetByLabel("Key")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Where_there_is_no_sign_in_by_key_there_is_no_form_for_one()
    {
        await using var server = await DashboardServer.StartAsync();
        await using var open = await browser.OpenAsync(new Uri("about:blank"));
        await open.Page.RouteAsync("**/dashboard/session", static route =>
            route.FulfillAsync(
                new()
                {
                    ContentType = "application/json",
                    Body = """{"asksForKeys":true,"canSignIn":false,"canSignOut":false,"known":false,"id":"-","scopes":[]}""",
                }
            )
        );
        await open.Page.GotoAsync(server.Address.AbsoluteUri);

        await Expect(open.Page.GetByText("There are no keys here to sign in with.")).ToBeVisibleAsync();
        await Expect(open.Page.GetByLabel("Key")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_sign_out_that_fails_is_told()
    {
        using var key = new KeyFile("read,observe");
        await using var server = await DashboardServer.StartAsync("--Remanso:Security:KeyFile", key.Path);
        await using var open = await browser.OpenAsync(server.Address);
        await open.Page.GetByLabel("Key").FillAsync(key.Text);
        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(open.Live).ToHaveTextAsync("Live");
        await open.Page.RouteAsync("**/dashboard/session", static route => route.FulfillAsync(new() { Status = 503 }));

        await open.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();

        await Expect(open.Page.GetByText("You are still signed in here.")).ToBeVisibleAsync();
    }
}
