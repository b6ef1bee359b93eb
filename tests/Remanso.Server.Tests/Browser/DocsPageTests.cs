namespace Remanso.Server.Tests.Browser;

/// <summary>The page of the API's description in a real browser, for which no other host exists.</summary>
public sealed class DocsPageTests
{
    [Fact]
    public async Task The_page_shows_every_call_without_any_other_host()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedCache());

        var page = await Chromium.ReadAsync(new Uri(server.Address, "/docs/"));

        foreach (
            var summary in new[]
            {
                "Write a value to the cache default",
                "Read a value, as it was written",
                "Wait until a write is more durable",
                "Give dead letters up",
                "Whether the process answers",
            }
        )
        {
            Assert.Contains(summary, page, StringComparison.Ordinal);
        }
    }
}
