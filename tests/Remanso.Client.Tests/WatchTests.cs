using System.Text;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Remanso.Client.Http;
using Remanso.Client.Tests.Support;
using Remanso.Conformance.Servers;
using Remanso.Testing;

namespace Remanso.Client.Tests;

/// <summary>Changes as they happen, over connections that break.</summary>
public sealed class WatchTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_kind_of_change_is_told()
    {
        await using var api = await ApiHost.StartAsync();
        await using var events = await BeginAsync(api.Cache, new() { Prefix = "p:", WithValues = true });
        await api.Cache.SetTextAsync("other", "x");
        var written = await api.Cache.SetTextAsync("p:ü", "1");
        var told = await NextAsync(events);
        Assert.Equal(
            (WatchEventKind.Written, "p:ü", written.Version, SentValueKind.Text, written.Version),
            (told.Kind, told.Key, told.Version, told.ValueKind, told.ValueVersion)
        );
        Assert.Equal("1", Encoding.UTF8.GetString(told.Value.Span));

        var removed = await api.Cache.DeleteAsync("p:ü", new() { Durability = WriteDurability.Stored });
        Assert.Equal(
            (WatchEventKind.Removed, "p:ü", removed.Version),
            (await NextAsync(events)) is var second ? (second.Kind, second.Key, second.Version) : default
        );
        await api.Cache.InvalidateAsync(["p:ü"]);
        Assert.Equal((WatchEventKind.Invalidated, "p:ü"), (await NextAsync(events)) is var third ? (third.Kind, third.Key) : default);
        await api.Cache.InvalidateTagsAsync(["t"]);
        Assert.Equal((WatchEventKind.TagInvalidated, "t"), (await NextAsync(events)) is var fourth ? (fourth.Kind, fourth.Tag) : default);
        await api.Cache.InvalidateAllAsync();
        Assert.Equal(WatchEventKind.AllInvalidated, (await NextAsync(events)).Kind);
    }

    [Theory]
    [InlineData("{\n\n\"a\":1\r\n}", "{  \"a\":1  }")]
    [InlineData("\"\\ud83d\"", "\"\\ud83d\"")]
    [MemberData(nameof(Deep))]
    public async Task A_JSON_value_is_told_whatever_is_in_it(string document, string told)
    {
        await using var api = await ApiHost.StartAsync();
        await using var events = await BeginAsync(api.Cache, new() { WithValues = true });

        await api.Cache.SetAsync("k", Encoding.UTF8.GetBytes(document), new() { ContentType = "application/json" });
        await api.Cache.SetTextAsync("l", "1");

        var written = await NextAsync(events);
        Assert.Equal(("k", SentValueKind.Json, told), (written.Key, written.ValueKind, Encoding.UTF8.GetString(written.Value.Span)));
        Assert.Equal("l", (await NextAsync(events)).Key);
    }

    public static TheoryData<string, string> Deep
    {
        get
        {
            var deep = new string('[', 64) + new string(']', 64);
            return new() { { deep, deep } };
        }
    }

    [Fact]
    public async Task A_later_watch_goes_on_where_an_earlier_one_stood()
    {
        await using var api = await ApiHost.StartAsync();
        string? position;
        await using (var events = await BeginAsync(api.Cache, new() { Keys = ["k"] }))
        {
            position = events.Current.Position;
        }

        await api.Cache.SetTextAsync("k", "1");
        await using var later = api.Cache.WatchAsync(new() { Keys = ["k"], After = position }).GetAsyncEnumerator(Cancelled);

        Assert.Equal((WatchEventKind.Written, "k"), (await NextAsync(later)) is var told ? (told.Kind, told.Key) : default);
        Assert.NotEqual(position, later.Current.Position);
    }

    [Fact]
    public async Task A_later_watch_of_keys_that_nobody_changed_is_connected_at_once_and_stays_so()
    {
        await using var api = await ApiHost.StartAsync();
        string? position;
        await using (var events = await BeginAsync(api.Cache, new() { Keys = ["k"] }))
        {
            position = events.Current.Position;
        }

        using var opened = new OpenedConnections();
        using var http = new HttpClient(opened);
        using var client = new RemansoClient(http, new RemansoClientOptions { BaseAddress = api.Address });
        await using var later = client.Cache().WatchAsync(new() { Keys = ["k"], After = position }).GetAsyncEnumerator(Cancelled);
        var next = later.MoveNextAsync().AsTask();
        Assert.Equal(1, await opened.NextAsync().WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Cancelled));
        Assert.False(next.IsCompleted);
        await api.Cache.SetTextAsync("k", "1");

        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(10), TimeProvider.System, Cancelled));
        Assert.Equal((WatchEventKind.Written, "k"), (later.Current.Kind, later.Current.Key));
        Assert.Equal(1, opened.Count);
    }

    [Fact]
    public async Task A_value_that_could_not_be_read_has_its_code()
    {
        await using var api = await ScriptedApi.StartAsync(
            static (_, context) =>
                SendAsync(
                    context,
                    "id: a-1\nevent: written\ndata: {\"key\":\"k\",\"version\":7,\"type\":\"urn:remanso:problem:busy\","
                        + "\"error\":\"no room\",\"retryAfter\":1}\n\n"
                )
        );
        using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = api.Address });
        await using var events = client.Cache().WatchAsync(new() { WithValues = true }, Cancelled).GetAsyncEnumerator(Cancelled);

        Assert.True(await events.MoveNextAsync());

        var told = events.Current;
        Assert.Equal(("busy", "no room", TimeSpan.FromSeconds(1)), (told.Code, told.Error, told.RetryAfter));
    }

    [Fact]
    public async Task Connections_that_last_and_are_cut_are_made_again_soon_however_often()
    {
        var time = new RecordedTime();
        var (timeout, silence) = (TimeSpan.FromSeconds(40), new RemansoClientOptions().MaxWatchSilence);
        using var cut = new SemaphoreSlim(0);
        await using var api = await ScriptedApi.StartAsync(
            async (n, context) =>
            {
                await SendAsync(context, n == 1 ? "id: a-0\nevent: gap\ndata: {\"gap\":\"begun\"}\n\n" : "retry: 1000\n\n");
                await cut.WaitAsync(context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                context.Abort();
            }
        );
        using var client = new RemansoClient(
            new RemansoClientOptions
            {
                BaseAddress = api.Address,
                TimeProvider = time,
                Timeout = timeout,
            }
        );
        using var ends = new CancellationTokenSource();
        await using var events = client.Cache().WatchAsync(cancellationToken: ends.Token).GetAsyncEnumerator(CancellationToken.None);
        await NextAsync(events);
        var next = events.MoveNextAsync().AsTask();
        for (var i = 0; i < 6; i++)
        {
            await time.NextAsync(due => due == silence);
            time.Clock.Advance(TimeSpan.FromSeconds(20));
            cut.Release();
            Assert.InRange(await time.NextAsync(due => due < timeout), TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1));
            time.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await ends.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task A_server_that_comes_back_as_another_process_is_heard_again_with_a_gap()
    {
        var first = await ApiHost.StartAsync();
        using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = first.Address });
        await using var events = await BeginAsync(client.Cache(), new());
        await first.Cache.SetTextAsync("k", "1");
        Assert.Equal(WatchEventKind.Written, (await NextAsync(events)).Kind);
        await first.DisposeAsync();

        await using var second = await ApiHost.StartAsync(port: first.Address.Port);
        var gap = await NextAsync(events);
        await second.Cache.SetTextAsync("k", "2");

        Assert.Equal((WatchEventKind.Gap, "begun"), (gap.Kind, gap.Gap));
        Assert.Equal((WatchEventKind.Written, "k"), (await NextAsync(events)) is var told ? (told.Kind, told.Key) : default);
    }

    [Fact]
    public async Task A_connection_that_breaks_is_made_again_after_the_last_event()
    {
        var time = new ManualTimeProvider();
        await using var api = await ScriptedApi.StartAsync(
            static async (n, context) =>
            {
                switch (n)
                {
                    case 1:
                        await SendAsync(
                            context,
                            "retry: 2000\n\nid: a-0\nevent: gap\ndata: {\"gap\":\"begun\"}\n\nid: a-1\nevent: written\ndata: "
                                + "{\"key\":\"k\",\"version\":7}\n\n"
                        );
                        break;
                    case 2:
                        await ScriptedApi.ProblemAsync(context, 503, "tier-unavailable", retryAfter: 9);
                        break;
                    case 3:
                        context.Abort();
                        break;
                    default:
                        await SendAsync(
                            context,
                            "id: a-2\nevent: of-a-later-server\ndata: {}\n\nid: a-3\nevent: removed\ndata: "
                                + "{\"key\":\"k\",\"version\":8}\n\n"
                        );
                        break;
                }
            }
        );
        using var client = new RemansoClient(
            new RemansoClientOptions
            {
                BaseAddress = api.Address,
                TimeProvider = time,
                Timeout = Timeout.InfiniteTimeSpan,
                MaxWatchSilence = TimeSpan.FromDays(40),
            }
        );
        await using var events = client.Cache().WatchAsync().GetAsyncEnumerator(Cancelled);
        Assert.Equal(WatchEventKind.Gap, (await NextAsync(events)).Kind);
        Assert.Equal((7, "a-1"), (await NextAsync(events)) is var told ? (told.Version, told.Position) : default);

        var next = events.MoveNextAsync().AsTask();
        while (!next.IsCompleted)
        {
            // Each pause is a timer, and so is the limit of silence, far away: time passes until the last connection speaks.
            await Task.WhenAny(next, time.WaitForTimersAsync(1));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.True(await next);
        Assert.Equal((WatchEventKind.Removed, 8, "a-3"), (events.Current.Kind, events.Current.Version, events.Current.Position));
        Assert.Equal(["", "a-1", "a-1", "a-1"], api.Requests.Select(static request => request.Fields["Last-Event-ID"].ToString()));
        Assert.All(api.Requests, static request => Assert.Equal("GET /v1/caches/default/watch", request.Call));
    }

    [Fact]
    public async Task A_connection_that_falls_silent_is_made_again()
    {
        var time = new ManualTimeProvider();
        await using var api = await ScriptedApi.StartAsync(
            static async (n, context) =>
            {
                await SendAsync(context, $"id: a-{n}\nevent: gap\ndata: {{\"gap\":\"begun\"}}\n\n");
                if (n == 1)
                {
                    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted)
                        .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        );
        using var client = new RemansoClient(
            new RemansoClientOptions
            {
                BaseAddress = api.Address,
                TimeProvider = time,
                Timeout = Timeout.InfiniteTimeSpan,
            }
        );
        await using var events = client.Cache().WatchAsync().GetAsyncEnumerator(Cancelled);
        await NextAsync(events);

        var next = events.MoveNextAsync().AsTask();
        await time.WaitForTimersAsync(1);
        time.Advance(TimeSpan.FromSeconds(44));
        Assert.False(next.IsCompleted);
        Assert.Single(api.Requests);
        time.Advance(TimeSpan.FromSeconds(1));
        await time.WaitForTimersAsync(1);
        time.Advance(TimeSpan.FromSeconds(1));

        Assert.True(await next);
        Assert.Equal("a-2", events.Current.Position);
    }

    [Fact]
    public async Task A_connection_that_is_taken_and_never_answered_is_made_again()
    {
        var time = new RecordedTime();
        await using var api = await ScriptedApi.StartAsync(
            static (n, context) =>
                n == 2
                    ? Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted)
                    : SendAsync(context, $"retry: 1\n\nid: a-{n}\nevent: gap\ndata: {{\"gap\":\"begun\"}}\n\n")
        );
        using var client = new RemansoClient(
            new()
            {
                BaseAddress = api.Address,
                TimeProvider = time,
                Timeout = Timeout.InfiniteTimeSpan,
            }
        );
        await using var events = await BeginAsync(client.Cache(), new());

        var next = NextAsync(events);
        await Until.TrueAsync(
            () =>
            {
                time.Clock.Advance(TimeSpan.FromSeconds(1));
                return next.IsCompleted;
            },
            "it is heard again"
        );

        Assert.NotEqual("a-1", (await next).Position);
    }

    [Fact]
    public async Task A_watch_that_is_refused_later_ends_with_the_error()
    {
        await using var api = await ScriptedApi.StartAsync(
            static (n, context) =>
                n == 1
                    ? SendAsync(context, "retry: 1\n\nid: a-0\nevent: gap\ndata: {\"gap\":\"begun\"}\n\n")
                    : ScriptedApi.ProblemAsync(context, 401, "unauthenticated")
        );
        using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = api.Address });
        await using var events = await BeginAsync(client.Cache(), new());

        Assert.Equal(401, (await Assert.ThrowsAsync<RemansoApiException>(() => events.MoveNextAsync().AsTask())).Status);
    }

    [Fact]
    public async Task A_watch_comes_again_with_the_key_that_there_is_then()
    {
        var key = "a";
        await using var api = await ScriptedApi.StartAsync(
            (n, context) =>
            {
                if (context.Request.Headers.Authorization != "Bearer " + key)
                {
                    return ScriptedApi.ProblemAsync(context, 401, "unauthenticated");
                }

                key = "b";
                return SendAsync(context, $"retry: 1\n\nid: a-{n}\nevent: gap\ndata: {{\"gap\":\"begun\"}}\n\n");
            }
        );
        using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = api.Address, KeyProvider = _ => new(key) });
        await using var events = await BeginAsync(client.Cache(), new());

        Assert.True(await events.MoveNextAsync());
        Assert.Equal("a-2", events.Current.Position);
    }

    [Fact]
    public async Task A_watch_ends_when_its_caller_ends_it()
    {
        await using var api = await ApiHost.StartAsync();
        using var ends = new CancellationTokenSource();
        await using var events = api.Cache.WatchAsync(cancellationToken: ends.Token).GetAsyncEnumerator(CancellationToken.None);
        await NextAsync(events);
        var next = events.MoveNextAsync().AsTask();

        await ends.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
        Assert.Throws<ArgumentException>(() => api.Cache.WatchAsync(new() { Keys = ["a"], Prefix = "b" }));
        Assert.Throws<ArgumentException>(() =>
            api.Cache.WatchAsync(new() { Keys = [.. Enumerable.Range(0, 1001).Select(static n => $"k{n}")] })
        );
    }

    [Theory]
    [InlineData(0, 0.0, 500)]
    [InlineData(0, 1.0, 1000)]
    [InlineData(3, 1.0, 8000)]
    [InlineData(5, 1.0, 30_000)]
    [InlineData(int.MaxValue, 0.5, 22_500)]
    public void Pauses_grow_up_to_their_limit(int failures, double random, int expected) =>
        Assert.Equal(expected, WatchStream.PauseOf(TimeSpan.FromSeconds(1), failures, TimeSpan.FromSeconds(30), random).TotalMilliseconds);

    private static async Task<IAsyncEnumerator<WatchEvent>> BeginAsync(CacheClient cache, WatchQuery query)
    {
        var events = cache.WatchAsync(query).GetAsyncEnumerator(Cancelled);
        Assert.Equal((WatchEventKind.Gap, "begun"), (await NextAsync(events)) is var told ? (told.Kind, told.Gap) : default);
        return events;
    }

    private static async Task<WatchEvent> NextAsync(IAsyncEnumerator<WatchEvent> events)
    {
        Assert.True(await events.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Cancelled));
        return events.Current;
    }

    private static async Task SendAsync(HttpContext context, string events)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(events);
        await context.Response.Body.FlushAsync();
    }

    /// <summary>Counts the answers whose head has come.</summary>
    private sealed class OpenedConnections() : DelegatingHandler(new SocketsHttpHandler())
    {
        private readonly Channel<int> _opened = Channel.CreateUnbounded<int>();

        public int Count { get; private set; }

        public Task<int> NextAsync() => _opened.Reader.ReadAsync(Cancelled).AsTask();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            _opened.Writer.TryWrite(++Count);
            return response;
        }
    }

    /// <summary>A clock that stands still, and tells when each timer that is armed is due.</summary>
    private sealed class RecordedTime : TimeProvider
    {
        private readonly Channel<TimeSpan> _due = Channel.CreateUnbounded<TimeSpan>();

        public ManualTimeProvider Clock { get; } = new();

        public override long TimestampFrequency => Clock.TimestampFrequency;

        public override DateTimeOffset GetUtcNow() => Clock.GetUtcNow();

        public override long GetTimestamp() => Clock.GetTimestamp();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = Clock.CreateTimer(callback, state, dueTime, period);
            if (dueTime > TimeSpan.Zero)
            {
                _due.Writer.TryWrite(dueTime);
            }

            return timer;
        }

        /// <summary>The next that is such a one.</summary>
        public async Task<TimeSpan> NextAsync(Func<TimeSpan, bool> isSuch)
        {
            while (true)
            {
                var due = await _due.Reader.ReadAsync(Cancelled).AsTask().WaitAsync(TimeSpan.FromSeconds(30), System, Cancelled);
                if (isSuch(due))
                {
                    return due;
                }
            }
        }
    }
}
