using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Keys;
using Remanso.Client.Tests.Support;
using Remanso.Testing;

namespace Remanso.Client.Tests;

/// <summary>What goes wrong is told by its kind.</summary>
public sealed class ErrorTests
{
    [Fact]
    public async Task An_address_that_the_server_does_not_read_is_told_as_such()
    {
        await using var api = await ScriptedApi.StartAsync(
            static (_, context) =>
            {
                context.Response.StatusCode = StatusCodes.Status414UriTooLong;
                return Task.CompletedTask;
            }
        );
        using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = api.Address });

        var refused = await Assert.ThrowsAsync<RemansoApiException>(() => client.Cache("default").GetAsync("k"));

        Assert.Contains("The call's address is longer", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_server_refuses_has_its_status_and_name()
    {
        await using var api = await ApiHost.StartAsync(static cache => cache.MaxValueBytes = 1000);

        Assert.Equal((404, "unknown-cache"), await RefusalOf(() => api.Client.Cache("other").GetAsync("k")));
        Assert.Equal((413, "body-too-large"), await RefusalOf(() => api.Cache.SetAsync("k", new byte[1001])));
        Assert.Equal(
            (501, "durability-unavailable"),
            await RefusalOf(() => api.Cache.SetAsync("k", default, new() { Durability = WriteDurability.Replicated }))
        );
        Assert.Equal((400, "bad-request"), await RefusalOf(() => api.Cache.SetAsync("k", default, new() { Lifetime = TimeSpan.Zero })));
        Assert.Equal((400, "invalid-tag"), await RefusalOf(() => api.Cache.InvalidateTagsAsync([""])));
        Assert.Equal(
            (404, "unknown-cache"),
            await RefusalOf(async () =>
            {
                await foreach (var _ in api.Client.Cache("other").WatchAsync()) { }
            })
        );
    }

    [Fact]
    public async Task Back_pressure_says_when_to_come_again()
    {
        await using var api = await ApiHost.StartAsync(static cache => cache.Tier.MaxDirtyEntries = 1);
        var hold = new TaskCompletionSource();
        api.Store.BeforeSave = _ => hold.Task;
        await api.Cache.SetTextAsync("a", "1");

        var refused = await Assert.ThrowsAsync<RemansoApiException>(() => api.Cache.SetTextAsync("b", "1"));
        hold.SetResult();

        Assert.Equal((503, "back-pressure", false), (refused.Status, refused.Code, refused.IsAccepted));
        Assert.True(refused.RetryAfter >= TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task The_key_is_shown_to_the_server_and_never_in_an_error()
    {
        var folder = Directory.CreateTempSubdirectory("remanso-client-");
        try
        {
            var file = new RemansoKeyFile(Path.Combine(folder.FullName, "keys.json"), TimeProvider.System);
            var (_, text) = file.Create("app", new RemansoGrant(RemansoScopes.Read, ["*"], keyPrefix: null));
            await using var api = await ApiHost.StartAsync(
                security: options => options.KeyFile = file.Path,
                client: options => options.ApiKey = text
            );

            Assert.False((await api.Cache.GetAsync("k")).Found);
            Assert.Equal((403, "forbidden"), await RefusalOf(() => api.Cache.SetTextAsync("k", "v")));
            using var nobody = new RemansoClient(new RemansoClientOptions { BaseAddress = api.Address });
            Assert.Equal((401, "unauthenticated"), await RefusalOf(() => nobody.Cache().GetAsync("k")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData(502, "text/html", "<html>Bad gateway</html>")]
    [InlineData(500, "application/problem+json", "{")]
    [InlineData(302, "text/plain", "")]
    [InlineData(404, null, "")]
    public async Task What_something_else_answers_is_an_error_without_a_name(int status, string? type, string body)
    {
        await using var api = await ScriptedApi.StartAsync(
            (_, context) =>
            {
                context.Response.StatusCode = status;
                context.Response.ContentType = type;
                context.Response.Headers.Location = "http://127.0.0.1:1/";
                return context.Response.WriteAsync(body);
            }
        );
        using var client = ClientOf(api);

        Assert.Equal((status, null), await RefusalOf(() => client.Cache().GetAsync("k")));
        Assert.Equal((status, null), await RefusalOf(() => client.Cache().SetTextAsync("k", "v")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html>Welcome to the hotel</html>")]
    [InlineData("null")]
    public async Task A_success_that_is_not_the_apis_is_an_error(string body)
    {
        await using var api = await ScriptedApi.StartAsync((_, context) => context.Response.WriteAsync(body));
        using var client = ClientOf(api);

        Assert.Equal((200, null), await RefusalOf(() => client.GetStatisticsAsync()));
        Assert.Equal((200, null), await RefusalOf(() => client.GetProcessesAsync()));
        Assert.Equal((200, null), await RefusalOf(() => client.Cache().SetTextAsync("k", "v")));
        Assert.Equal((200, null), await RefusalOf(() => client.Cache().GetManyAsync(["k"])));
        Assert.Equal((200, null), await RefusalOf(() => client.Cache().DeadLetters.ListAsync()));
    }

    [Fact]
    public async Task A_server_that_is_not_there_can_not_be_reached()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = new Uri($"http://127.0.0.1:{port}") });

        await Assert.ThrowsAsync<HttpRequestException>(() => client.Cache().GetAsync("k"));
        await Assert.ThrowsAsync<HttpRequestException>(async () =>
            await client.Cache().WatchAsync().GetAsyncEnumerator(TestContext.Current.CancellationToken).MoveNextAsync()
        );
    }

    [Fact]
    public async Task A_server_that_does_not_answer_in_time_is_given_up()
    {
        var time = new ManualTimeProvider();
        using var asked = new SemaphoreSlim(0);
        await using var api = await ScriptedApi.StartAsync(
            async (_, context) =>
            {
                asked.Release();
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        );
        using var client = ClientOf(api, options => (options.TimeProvider, options.Timeout) = (time, TimeSpan.FromSeconds(7)));
        var call = client.Cache().GetAsync("k");
        await asked.WaitAsync(TestContext.Current.CancellationToken);

        time.Advance(TimeSpan.FromSeconds(7));

        await Assert.ThrowsAsync<TimeoutException>(() => call);
        using var gaveUp = new CancellationTokenSource();
        call = client.Cache().GetAsync("k", cancellationToken: gaveUp.Token);
        await gaveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
    }

    private static RemansoClient ClientOf(ScriptedApi api, Action<RemansoClientOptions>? configure = null)
    {
        var options = new RemansoClientOptions { BaseAddress = api.Address };
        configure?.Invoke(options);
        return new RemansoClient(options);
    }

    private static async Task<(int, string?)> RefusalOf(Func<Task> call)
    {
        var refused = await Assert.ThrowsAsync<RemansoApiException>(call);
        Assert.DoesNotContain("rmk_", refused.ToString(), StringComparison.Ordinal);
        return (refused.Status, refused.Code);
    }
}
