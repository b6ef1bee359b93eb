using System.Net.ServerSentEvents;
using System.Text.Json;
using Remanso.Client;

namespace Remanso.Server.Tests.Endpoints;

/// <summary>Changes as server-sent events, from a server as its users run it.</summary>
public sealed class WatchTests : IAsyncLifetime
{
    private const string Cache = "/v1/caches/default/";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder _folder = new();
    private ServerProcess _server = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await ServerProcess.StartAsync(_folder.Path, "--Remanso:StopGrace", "2m");

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Changes_are_told_with_their_values_and_go_on_after_the_last_event()
    {
        await using var events = await WatchAsync("watch?prefix=price:&values=true");
        Assert.Equal("begun", (await events.NextAsync("gap")).GetProperty("gap").GetString());

        await PutAsync("other", "x");
        await PutAsync("price:ü", "1");
        var written = await events.NextAsync("written");
        Assert.Equal(("price:ü", "1"), (written.GetProperty("key").GetString(), written.GetProperty("value").GetString()));
        Assert.Equal(written.GetProperty("version").GetInt64(), written.GetProperty("valueVersion").GetInt64());
        var last = events.Last!;

        await events.DisposeAsync();
        await _server.Client.DeleteAsync(Cache + "entries/price:ü", Cancelled);
        await _server.Client.PostAsync(Cache + "invalidate", new StringContent("{\"tags\":[\"t\"]}"), Cancelled);
        await using var next = await WatchAsync("watch?prefix=price:", last);
        Assert.True((await next.NextAsync("removed")).GetProperty("version").GetInt64() > written.GetProperty("version").GetInt64());
        Assert.Equal("t", (await next.NextAsync("tag-invalidated")).GetProperty("tag").GetString());
    }

    [Fact]
    public async Task Who_comes_back_to_keys_that_nobody_changed_is_answered_at_once()
    {
        await using var events = await WatchAsync("watch?key=k");
        await events.NextAsync("gap");
        var last = events.Last!;
        await events.DisposeAsync();

        await using var next = await WatchAsync("watch?key=k", last).WaitAsync(_patience, TimeProvider.System, Cancelled);
        using var head = new HttpRequestMessage(HttpMethod.Head, Cache + "watch?key=k") { Headers = { { "Last-Event-ID", last } } };
        using var answer = await _server.Client.SendAsync(head, Cancelled).WaitAsync(_patience, TimeProvider.System, Cancelled);
        await PutAsync("k", "1");

        Assert.Equal("k", (await next.NextAsync("written")).GetProperty("key").GetString());
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
    }

    [Fact]
    public async Task Of_keys_only_those_are_told_of()
    {
        await using var events = await WatchAsync("watch?key=a&key=b");
        await events.NextAsync("gap");
        foreach (var key in new[] { "c", "a", "d", "b" })
        {
            await PutAsync(key, "v");
        }

        Assert.Equal("a", (await events.NextAsync("written")).GetProperty("key").GetString());
        var second = await events.NextAsync("written");
        Assert.Equal("b", second.GetProperty("key").GetString());
        Assert.False(second.TryGetProperty("value", out _));
    }

    [Fact]
    public async Task A_stop_ends_the_stream_and_waits_for_no_watcher()
    {
        await using var events = await WatchAsync("watch");
        await events.NextAsync("gap");

        // Connections that do not end are waited for all of the grace; here, for longer than a minute.
        Assert.Equal(0, (await _server.TerminateAsync()).ExitCode);

        Assert.False(await events.IsMoreAsync());
    }

    [Theory]
    [InlineData("watch?key=a&prefix=b", "key and prefix")]
    [InlineData("watch?values=maybe", "values")]
    [InlineData("watch?key=", "key")]
    public async Task Wishes_that_make_no_sense_are_refused(string call, string named)
    {
        var answer = await _server.Client.GetAsync(Cache + call, Cancelled);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(named, await answer.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await _server.Client.GetAsync("/v1/caches/none/watch", Cancelled)).StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await _server.Client.PostAsync(Cache + "watch", null, Cancelled)).StatusCode);
    }

    [Theory]
    [InlineData("{\n\n\t\"a\": 1,\n  \"b\": \"\\n\"\n}\n")]
    [InlineData("[\r\n1,\r2\n\r\n\r\n]")]
    public async Task A_JSON_value_of_several_lines_is_one_event(string document)
    {
        await using var events = await WatchAsync("watch?key=k&key=l&values=true");
        await events.NextAsync("gap");

        await _server.Client.PutAsync(
            Cache + "entries/k",
            new StringContent(document, System.Text.Encoding.UTF8, "application/json"),
            Cancelled
        );
        await PutAsync("l", "next");

        var value = (await events.NextAsync("written")).GetProperty("value");
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(document).RootElement, value));
        Assert.Equal("next", (await events.NextAsync("written")).GetProperty("value").GetString());
    }

    [Fact]
    public async Task As_many_keys_as_the_address_holds_are_watched_and_more_are_told_apart()
    {
        using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = _server.Client.BaseAddress });
        var cache = client.Cache("default");
        string[] keys = [.. Enumerable.Range(0, 1000).Select(static n => $"{n:D40}")];
        var refused = Assert.Throws<ArgumentException>(() => cache.WatchAsync(new() { Keys = keys }, Cancelled));
        Assert.Contains("fewer or shorter keys", refused.Message, StringComparison.Ordinal);

        // To the byte.
        List<string> most = [.. keys.Take(300)];
        while (true)
        {
            try
            {
                most.Add($"{most.Count:D7}");
                _ = cache.WatchAsync(new() { Keys = most }, Cancelled);
            }
            catch (ArgumentException)
            {
                most.RemoveAt(most.Count - 1);
                break;
            }
        }

        await using var events = cache.WatchAsync(new() { Keys = most }, Cancelled).GetAsyncEnumerator(Cancelled);
        Assert.True(await events.MoveNextAsync());
        Assert.Equal(WatchEventKind.Gap, events.Current.Kind);
    }

    private Task PutAsync(string key, string value) =>
        _server.Client.PutAsync(Cache + "entries/" + key, new StringContent(value), Cancelled);

    private async Task<Events> WatchAsync(string call, string? after = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Cache + call);
        if (after is not null)
        {
            request.Headers.Add("Last-Event-ID", after);
        }

        var answer = await _server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Cancelled);
        Assert.Equal((HttpStatusCode.OK, "text/event-stream"), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
        return new Events(answer, await answer.Content.ReadAsStreamAsync(Cancelled));
    }

    private sealed class Events(HttpResponseMessage answer, Stream stream) : IAsyncDisposable
    {
        private readonly IAsyncEnumerator<SseItem<string>> _items = SseParser.Create(stream).EnumerateAsync(Cancelled).GetAsyncEnumerator();

        public string? Last { get; private set; }

        public async Task<JsonElement> NextAsync(string kind)
        {
            Assert.True(await _items.MoveNextAsync());
            Assert.Equal(kind, _items.Current.EventType);
            Last = _items.Current.EventId;
            return JsonDocument.Parse(_items.Current.Data).RootElement;
        }

        public async Task<bool> IsMoreAsync() => await _items.MoveNextAsync();

        public async ValueTask DisposeAsync()
        {
            await _items.DisposeAsync();
            answer.Dispose();
        }
    }
}
