using Microsoft.AspNetCore.Http;
using Remanso.Client.Tests.Support;

namespace Remanso.Client.Tests;

/// <summary>Something else answers in the server's place: a page of the application, a login, a proxy.</summary>
public sealed class StrangerTests
{
    public static TheoryData<string> Calls => [.. _calls.Keys];

    private static readonly Dictionary<string, Func<RemansoClient, Task>> _calls = new(StringComparer.Ordinal)
    {
        ["get"] = static client => client.Cache().GetAsync("user:42"),
        ["set"] = static client => client.Cache().SetTextAsync("user:42", "Alice"),
        ["delete"] = static client => client.Cache().DeleteAsync("user:42"),
        ["invalidate"] = static client => client.Cache().InvalidateAsync(["user:42"]),
        ["invalidate all"] = static client => client.Cache().InvalidateAllAsync(),
        ["expire tags"] = static client => client.Cache().ExpireTagsAsync(["eu"]),
        ["flush"] = static client => client.Cache().FlushAsync(),
        ["readiness"] = static client => client.GetReadinessAsync(),
        ["statistics"] = static client => client.GetStatisticsAsync(),
        ["watch"] = static async client =>
        {
            await foreach (var _ in client.Cache().WatchAsync()) { }
        },
    };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_page_that_answers_200_is_no_answer(string call)
    {
        await using var api = await ScriptedApi.StartAsync(
            static (_, context) =>
            {
                context.Response.ContentType = "text/html; charset=utf-8";
                context.Response.Headers.ETag = "\"1da2f3c4b5a6978\"";
                context.Response.Headers["Cache-Status"] = "Edge; hit";
                return context.Response.WriteAsync("<!doctype html><title>Shop</title>");
            }
        );
        using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = api.Address });

        var refused = await Assert.ThrowsAsync<RemansoApiException>(() =>
            _calls[call](client).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System)
        );

        Assert.Equal(200, refused.Status);
        Assert.Contains("is this a Remanso server", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Remanso-State", "clean")]
    [InlineData("Cache-Status", "Edge; fwd=miss, Remanso; hit; detail=tier")]
    [InlineData("ETag", "\"1763757600000000\"")]
    public async Task One_field_of_the_servers_is_enough(string field, string value)
    {
        await using var api = await ScriptedApi.StartAsync(
            (_, context) =>
            {
                context.Response.Headers[field] = value;
                return context.Response.WriteAsync("Alice");
            }
        );
        using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = api.Address });

        Assert.Equal("Alice", (await client.Cache().GetAsync("user:42")).GetText());
    }

    [Theory]
    [InlineData("Remanso; hit; detail=stale, edge; fwd=miss", EntryOutcome.Stale)]
    [InlineData("Remanso; fwd=miss; stored, edge; hit", EntryOutcome.Loaded)]
    [InlineData("Edge; hit, Remanso; fwd=miss; detail=not-cached", EntryOutcome.NotCached)]
    [InlineData("Edge; fwd=miss; detail=stale,Remanso; hit; detail=tier", EntryOutcome.Hit)]
    public async Task The_outcome_is_the_servers_own_whoever_stands_before_it(string status, EntryOutcome outcome)
    {
        await using var api = await ScriptedApi.StartAsync(
            (_, context) =>
            {
                context.Response.Headers["Cache-Status"] = status;
                return context.Response.WriteAsync("Alice");
            }
        );
        using var client = new RemansoClient(new RemansoClientOptions { BaseAddress = api.Address });

        Assert.Equal(outcome, (await client.Cache().GetAsync("user:42")).Outcome);
    }

    [Fact]
    public async Task A_watch_that_has_begun_goes_on_past_a_page_in_the_servers_place()
    {
        await using var api = await ScriptedApi.StartAsync(
            static (number, context) =>
            {
                if (number == 2)
                {
                    context.Response.ContentType = "text/html";
                    return context.Response.WriteAsync("<!doctype html><title>Back soon</title>");
                }

                context.Response.ContentType = "text/event-stream";
                return context.Response.WriteAsync($"retry: 1\nid: {number}\nevent: gap\ndata: {{\"gap\":\"start\"}}\n\n");
            }
        );
        using var client = new RemansoClient(
            new RemansoClientOptions { BaseAddress = api.Address, MaxReconnectDelay = TimeSpan.FromSeconds(1) }
        );
        List<string?> positions = [];

        await foreach (var change in client.Cache().WatchAsync(null, TestContext.Current.CancellationToken))
        {
            positions.Add(change.Position);
            if (positions.Count == 2)
            {
                break;
            }
        }

        Assert.Equal(["1", "3"], positions);
    }
}
