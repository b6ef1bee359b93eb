using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Remanso.Server.Tests.Faces;

/// <summary>The platform's sessions, which know nothing but the contract of a distributed cache.</summary>
public sealed class SessionTests
{
    [Fact]
    public async Task A_session_lives_in_the_distributed_cache()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders();
        builder.Services.AddRemanso().AsDistributedCache();
        builder.Services.AddSession();
        await using var application = builder.Build();
        application.UseSession();
        application.MapGet("/count", static (HttpContext context) =>
        {
            var count = (context.Session.GetInt32("count") ?? 0) + 1;
            context.Session.SetInt32("count", count);
            return count;
        });
        await application.StartAsync(TestContext.Current.CancellationToken);
        using var client = application.GetTestClient();
        using var first = await client.GetAsync(new Uri("/count", UriKind.Relative), TestContext.Current.CancellationToken);
        var cookie = Assert.Single(first.Headers.GetValues("Set-Cookie")).Split(';')[0];
        Assert.Equal("1", await first.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        for (var i = 2; i <= 4; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/count");
            request.Headers.Add("Cookie", cookie);
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal($"{i}", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        }

        using var stranger = await client.GetAsync(new Uri("/count", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal("1", await stranger.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        var statistics = await application
            .Services.GetRequiredService<ICacheRegistry>()
            .GetStatisticsAsync(TestContext.Current.CancellationToken);
        Assert.True(statistics["distributed"].Writes >= 5);
    }
}
