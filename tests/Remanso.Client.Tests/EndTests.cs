using Microsoft.AspNetCore.Http;
using Remanso.Client.Tests.Support;
using Remanso.Conformance.Support;

namespace Remanso.Client.Tests;

/// <summary>What ends a call or a watch says who has ended it.</summary>
public sealed class EndTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_whose_client_is_disposed_of_is_not_told_as_late()
    {
        var gate = new Gate();
        await using var api = await ScriptedApi.StartAsync((_, context) => HoldAsync(gate, context));
        var client = new RemansoClient(new RemansoClientOptions { BaseAddress = api.Address });
        var write = client.Cache().SetTextAsync("k", "v");
        await gate.ArrivedAsync();

        client.Dispose();
        client.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => write.WaitAsync(_patience, TimeProvider.System));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_watch_whose_client_is_disposed_of_ends(bool isOwn)
    {
        var gate = new Gate();
        await using var api = await ScriptedApi.StartAsync(
            async (_, context) =>
            {
                await BeginAsync(context, 1);
                await HoldAsync(gate, context);
            }
        );
        using var http = new HttpClient();
        var options = new RemansoClientOptions { BaseAddress = api.Address };
        var client = isOwn ? new RemansoClient(options) : new RemansoClient(http, options);
        await using var events = client.Cache().WatchAsync().GetAsyncEnumerator(Cancelled);
        Assert.True(await events.MoveNextAsync());
        var next = events.MoveNextAsync().AsTask();
        await gate.ArrivedAsync();

        client.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => next.WaitAsync(_patience, TimeProvider.System));
    }

    [Fact]
    public async Task A_key_provider_that_is_cancelled_or_late_is_told_as_such()
    {
        await using var api = await ScriptedApi.StartAsync(static (_, context) => ScriptedApi.ValueAsync(context, "v"));
        using var cancelled = ClientOf(api, static _ => throw new TaskCanceledException("of the provider", new TimeoutException()));
        using var late = ClientOf(
            api,
            static async token =>
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, token);
                return null;
            },
            TimeSpan.FromMilliseconds(50)
        );

        var own = await Assert.ThrowsAsync<TaskCanceledException>(() => cancelled.Cache().GetAsync("k"));
        var ours = await Assert.ThrowsAsync<TimeoutException>(() => late.Cache().GetAsync("k"));

        Assert.Equal("of the provider", own.Message);
        Assert.Contains(nameof(RemansoClientOptions.KeyProvider), ours.Message, StringComparison.Ordinal);
        Assert.Empty(api.Requests);
    }

    [Fact]
    public async Task A_call_that_its_caller_cancels_says_so_with_the_callers_token_whatever_the_key_provider_does()
    {
        using var client = new RemansoClient(
            new() { BaseAddress = new("http://127.0.0.1:1"), KeyProvider = static _ => new(new TaskCompletionSource<string?>().Task) }
        );
        using var cancellation = new CancellationTokenSource();

        var read = client.Cache().GetAsync("k", cancellationToken: cancellation.Token);
        await cancellation.CancelAsync();

        var cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        Assert.Equal(cancellation.Token, cancelled.CancellationToken);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_late_by_the_callers_own_limit_as_well()
    {
        var gate = new Gate();
        await using var api = await ScriptedApi.StartAsync((_, context) => HoldAsync(gate, context));
        using var http = new HttpClient { Timeout = TimeSpan.FromMilliseconds(100) };
        using var client = new RemansoClient(http, new RemansoClientOptions { BaseAddress = api.Address });

        var late = await Assert.ThrowsAsync<TimeoutException>(() => client.Cache().GetAsync("k"));

        Assert.Contains("did not answer GET", late.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_watch_goes_on_where_a_handler_or_the_key_provider_throws_what_it_likes()
    {
        await using var api = await ScriptedApi.StartAsync(static (n, context) => BeginAsync(context, n));
        using var handler = new ThrowingHandler { Fails = static n => n == 2 };
        using var http = new HttpClient(handler);
        var asked = 0;
        using var client = new RemansoClient(
            http,
            new RemansoClientOptions
            {
                BaseAddress = api.Address,
                KeyProvider = _ =>
                    Interlocked.Increment(ref asked) switch
                    {
                        3 => throw new CircuitException(),
                        // Of a file that is being written.
                        4 => new(""),
                        _ => new("key"),
                    },
            }
        );

        Assert.Equal(["1", "2", "3"], await PositionsAsync(client, 3));
        Assert.Equal((6, 4), (asked, handler.Sent));
    }

    [Theory]
    [InlineData(404)]
    [InlineData(302)]
    [InlineData(421)]
    public async Task A_watch_goes_on_where_a_proxy_knows_no_way_to_the_server(int status)
    {
        await using var api = await ScriptedApi.StartAsync(
            (n, context) =>
            {
                if (n != 2)
                {
                    return BeginAsync(context, n);
                }

                context.Response.StatusCode = status;
                context.Response.ContentType = "text/plain";
                return context.Response.WriteAsync("404 page not found");
            }
        );
        using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = api.Address });

        Assert.Equal(["1", "3"], await PositionsAsync(client, 2));
    }

    [Theory]
    [InlineData(404, "unknown-cache")]
    [InlineData(403, "forbidden")]
    [InlineData(403, null)]
    [InlineData(401, null)]
    public async Task A_watch_that_the_server_or_a_guard_refuses_ends(int status, string? name)
    {
        await using var api = await ScriptedApi.StartAsync(
            (n, context) =>
            {
                if (n == 1)
                {
                    return BeginAsync(context, n);
                }

                context.Response.StatusCode = status;
                return name is null ? Task.CompletedTask : ScriptedApi.ProblemAsync(context, status, name);
            }
        );
        using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = api.Address });

        var refused = await Assert.ThrowsAsync<RemansoApiException>(() => PositionsAsync(client, 2));

        Assert.Equal((status, name), (refused.Status, refused.Code));
    }

    [Fact]
    public async Task A_watch_that_is_enumerated_again_begins_anew()
    {
        await using var api = await ScriptedApi.StartAsync(static (n, context) => BeginAsync(context, n));
        using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = api.Address });
        var watch = client.Cache().WatchAsync();

        await foreach (var _ in watch.WithCancellation(Cancelled))
        {
            break;
        }

        await foreach (var _ in watch.WithCancellation(Cancelled))
        {
            break;
        }

        Assert.Equal(["", ""], api.Requests.Select(static request => request.Fields["Last-Event-ID"].ToString()));
    }

    private static RemansoClient ClientOf(
        ScriptedApi api,
        Func<CancellationToken, ValueTask<string?>> provider,
        TimeSpan? timeout = null
    ) =>
        new(
            new RemansoClientOptions
            {
                BaseAddress = api.Address,
                KeyProvider = provider,
                Timeout = timeout ?? Timeout.InfiniteTimeSpan,
            }
        );

    private static async Task<List<string?>> PositionsAsync(RemansoClient client, int count)
    {
        List<string?> positions = [];
        await foreach (var change in client.Cache().WatchAsync(null, Cancelled))
        {
            positions.Add(change.Position);
            if (positions.Count == count)
            {
                break;
            }
        }

        return positions;
    }

    private static async Task BeginAsync(HttpContext context, int n)
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync($"retry: 1\nid: {n}\nevent: gap\ndata: {{\"gap\":\"begun\"}}\n\n");
        await context.Response.Body.FlushAsync();
    }

    private static Task HoldAsync(Gate gate, HttpContext context) => gate.PassAsync(context.RequestAborted);

    private sealed class CircuitException : Exception;

    /// <summary>Throws a type of its own, as a circuit breaker does.</summary>
    private sealed class ThrowingHandler() : DelegatingHandler(new SocketsHttpHandler())
    {
        private int _sent;

        public Func<int, bool> Fails { get; init; } = static _ => false;

        public int Sent => _sent;

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Fails(Interlocked.Increment(ref _sent)) ? throw new CircuitException() : base.SendAsync(request, cancellationToken);
    }
}
