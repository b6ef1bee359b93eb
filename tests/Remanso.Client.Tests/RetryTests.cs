using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Remanso.Client.Tests.Support;
using Remanso.Testing;

namespace Remanso.Client.Tests;

/// <summary>What is safe to repeat is repeated where the server says when, and nothing else is.</summary>
public sealed class RetryTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public async Task A_read_comes_again_when_the_server_says()
    {
        await using var api = await ScriptedApi.StartAsync(
            static (n, context) =>
                n < 3 ? ScriptedApi.ProblemAsync(context, 503, "busy", retryAfter: 3) : ScriptedApi.ValueAsync(context, "value")
        );
        using var client = ClientOf(api);

        var read = client.Cache().GetAsync("k");
        await PassAsync(3);
        await PassAsync(3);

        Assert.Equal("value", (await read).GetText());
        Assert.Equal(3, api.Requests.Count);
    }

    [Fact]
    public async Task A_write_comes_again_with_its_idempotency_key_alone()
    {
        await using var api = await ScriptedApi.StartAsync(
            static (n, context) =>
                n % 2 == 1
                    ? ScriptedApi.ProblemAsync(context, 503, "tier-unavailable", retryAfter: 1)
                    : context.Response.WriteAsync("""{"key":"k","version":7,"durability":"accepted"}""")
        );
        using var client = ClientOf(api);

        var written = client.Cache().SetTextAsync("k", "v", new() { IdempotencyKey = "once" });
        await PassAsync(1);

        Assert.Equal(7, (await written).Version);
        Assert.Equal(2, api.Requests.Count);
        Assert.All(api.Requests, static request => Assert.Equal("once", request.Fields["Idempotency-Key"]));
        await Assert.ThrowsAsync<RemansoApiException>(() => client.Cache().SetTextAsync("k", "v"));
        Assert.Equal(3, api.Requests.Count);
    }

    [Fact]
    public async Task Whatever_a_used_up_rate_refused_comes_again()
    {
        await using var api = await ScriptedApi.StartAsync(
            static (n, context) =>
                n == 1
                    ? ScriptedApi.ProblemAsync(context, 429, "rate-limited", retryAfter: 1)
                    : context.Response.WriteAsync("""{"key":"k","version":7,"durability":"accepted"}""")
        );
        using var client = ClientOf(api);

        var written = client.Cache().SetTextAsync("k", "v");
        await PassAsync(1);

        Assert.Equal(7, (await written).Version);
        Assert.Equal(2, api.Requests.Count);
    }

    [Theory]
    [InlineData(503, 1, 0)]
    [InlineData(503, 6, 2)]
    [InlineData(503, null, 2)]
    [InlineData(429, 1, 2)]
    [InlineData(500, 1, 2)]
    public async Task Nothing_is_repeated_where_it_is_off_or_too_long_or_not_asked_for(int status, int? retryAfter, int retries)
    {
        await using var api = await ScriptedApi.StartAsync((_, context) => ScriptedApi.ProblemAsync(context, status, "busy", retryAfter));
        using var client = ClientOf(api, options => options.MaxRetries = retries);

        var refused = await Assert.ThrowsAsync<RemansoApiException>(() => client.Cache().GetAsync("k"));

        Assert.Equal(retryAfter, (int?)refused.RetryAfter?.TotalSeconds);
        Assert.Single(api.Requests);
    }

    [Fact]
    public async Task After_the_last_repetition_the_error_is_the_callers()
    {
        await using var api = await ScriptedApi.StartAsync(
            static (_, context) => ScriptedApi.ProblemAsync(context, 503, "busy", retryAfter: 1)
        );
        using var client = ClientOf(api);

        var read = client.Cache().GetAsync("k");
        await PassAsync(1);
        await PassAsync(1);

        Assert.Equal("busy", (await Assert.ThrowsAsync<RemansoApiException>(() => read)).Code);
        Assert.Equal(3, api.Requests.Count);
    }

    [Fact]
    public async Task Each_try_shows_the_key_that_there_is_then()
    {
        var key = "a";
        await using var api = await ScriptedApi.StartAsync(
            (_, context) =>
            {
                var shown = context.Request.Headers.Authorization.ToString();
                key = "b";
                return shown == "Bearer b"
                    ? ScriptedApi.ValueAsync(context, "value")
                    : ScriptedApi.ProblemAsync(context, 503, "issuer-unavailable", retryAfter: 1);
            }
        );
        using var client = ClientOf(api, options => options.KeyProvider = _ => new(key));

        var read = client.Cache().GetAsync("k");
        await PassAsync(1);

        Assert.Equal("value", (await read).GetText());
    }

    [Fact]
    public async Task A_wait_is_repeated_for_what_is_left_of_its_time_and_not_beyond()
    {
        await using var api = await ScriptedApi.StartAsync(
            static (_, context) => ScriptedApi.ProblemAsync(context, 503, "tier-unavailable", retryAfter: 1)
        );
        using var client = ClientOf(api, static options => options.MaxRetries = 10);

        var wait = client.Cache().WaitAsync("k", 7, timeout: TimeSpan.FromSeconds(2.5));
        await PassAsync(1);
        await PassAsync(1);

        Assert.Equal("tier-unavailable", (await Assert.ThrowsAsync<RemansoApiException>(() => wait)).Code);
        Assert.Equal(
            ["2.5", "1.5", "0.5"],
            api.Requests.Select(static request => request.Call[(request.Call.IndexOf("timeout=", StringComparison.Ordinal) + 8)..])
        );
    }

    [Fact]
    public async Task Who_were_told_the_same_do_not_come_at_once()
    {
        await using var api = await ScriptedApi.StartAsync(
            static (n, context) =>
                n == 1 ? ScriptedApi.ProblemAsync(context, 503, "busy", retryAfter: 4) : ScriptedApi.ValueAsync(context, "value")
        );
        using var client = ClientOf(api, static options => options.Random = static () => 0.5);

        var read = client.Cache().GetAsync("k");
        await PassAsync(4);
        await _time.WaitForTimersAsync(1);
        Assert.False(read.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(0.5));

        Assert.Equal("value", (await read).GetText());
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("flush")]
    [InlineData("drop")]
    public async Task What_has_an_effect_is_not_sent_again_where_the_connection_ends_before_the_answer(string call)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var requests = 0;
        var serving = ServeAsync();
        using var client = new RemansoClient(new() { BaseAddress = new($"http://{listener.LocalEndpoint}") });

        await Assert.ThrowsAsync<HttpRequestException>(() =>
            call switch
            {
                "delete" => client.Cache().DeleteAsync("k"),
                "flush" => client.Cache().FlushAsync(),
                _ => client.Cache().DeadLetters.DropAsync(DeadLetterQuery.All),
            }
        );

        listener.Stop();
        await serving;
        Assert.Equal(1, requests);

        async Task ServeAsync()
        {
            try
            {
                while (true)
                {
                    using var socket = await listener.AcceptSocketAsync();
                    requests += await socket.ReceiveAsync(new byte[4096]) > 0 ? 1 : 0;
                    socket.Shutdown(SocketShutdown.Both);
                }
            }
            catch (Exception error) when (error is SocketException or InvalidOperationException)
            {
                // The test has ended, also where it did between two of these.
            }
        }
    }

    // Time-outs are off, so that the pause is the only timer.
    private async Task PassAsync(int seconds)
    {
        await _time.WaitForTimersAsync(1);
        _time.Advance(TimeSpan.FromSeconds(seconds));
    }

    private RemansoClient ClientOf(ScriptedApi api, Action<RemansoClientOptions>? configure = null)
    {
        var options = new RemansoClientOptions
        {
            BaseAddress = api.Address,
            TimeProvider = _time,
            Random = static () => 0,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        configure?.Invoke(options);
        return new RemansoClient(options);
    }
}
