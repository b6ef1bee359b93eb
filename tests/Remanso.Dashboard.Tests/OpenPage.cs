using System.Collections.Concurrent;

namespace Remanso.Dashboard.Tests;

/// <summary>A page that is open, and what went wrong in it.</summary>
public sealed class OpenPage : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> _errors = new();

    public OpenPage(IPage page)
    {
        Page = page;
        page.PageError += (_, error) => _errors.Enqueue(error);
        page.Console += (_, message) =>
        {
            // That a server is away is the subject of some tests, and stands in the console as well.
            if (
                message.Type == "error"
                && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal)
                && !message.Text.Contains("net::ERR", StringComparison.Ordinal)
            )
            {
                _errors.Enqueue(message.Text);
            }
        };
    }

    public IPage Page { get; }

    public ILocator Live => Page.Locator("#live");

    /// <summary>Goes to a view, by its address.</summary>
    public Task GoAsync(string hash) => Page.EvaluateAsync("hash => { location.hash = hash; }", hash);

    public async ValueTask DisposeAsync()
    {
        await Page.Context.CloseAsync();
        Assert.Empty(_errors);
    }
}
