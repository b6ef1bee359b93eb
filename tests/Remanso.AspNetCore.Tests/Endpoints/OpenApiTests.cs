using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Remanso.AspNetCore.Tests.Support;

namespace Remanso.AspNetCore.Tests.Endpoints;

/// <summary>The API in an application's own OpenAPI document.</summary>
public sealed class OpenApiTests
{
    [Fact]
    public async Task The_calls_stand_under_their_prefix_beside_those_of_the_application()
    {
        await using var api = await MountedApi.StartAsync(
            static app =>
            {
                app.MapOpenApi();
                app.MapGet("/mine", static () => "mine");
                app.MapRemanso("/cache");
            },
            static builder => builder.Services.AddOpenApi(static options => options.AddRemanso())
        );

        using var document = JsonDocument.Parse((await api.SendAsync("GET", "/openapi/v1.json")).Body);

        var paths = document.RootElement.GetProperty("paths").EnumerateObject().Select(static path => path.Name).ToArray();
        Assert.Contains("/mine", paths);
        Assert.Contains("/cache/set", paths);
        Assert.Contains("/cache/v1/caches/{cache}/entries/{key}/increment", paths);
        Assert.DoesNotContain(paths, static path => path.Contains('*', StringComparison.Ordinal));
    }

    [Fact]
    public async Task Calls_keep_names_of_their_own_beside_a_second_mount_and_a_call_of_the_application()
    {
        await using var api = await MountedApi.StartAsync(
            static app =>
            {
                app.MapOpenApi();
                app.MapGet("/mine", static () => "mine").WithName("getValue");
                app.MapRemanso("/one");
                app.MapRemanso("/two");
            },
            static builder => builder.Services.AddOpenApi(static options => options.AddRemanso())
        );

        using var document = JsonDocument.Parse((await api.SendAsync("GET", "/openapi/v1.json")).Body);

        var calls = document.RootElement.GetProperty("paths");
        Assert.Equal("getValue", NameOf(calls, "/mine", "get"));
        Assert.Equal(("getValue2", "getValue3"), (NameOf(calls, "/one/get/{key}", "get"), NameOf(calls, "/two/get/{key}", "get")));
        const string Entry = "/v1/caches/{cache}/entries/{key}";
        Assert.Equal(("putEntry", "putEntry2"), (NameOf(calls, "/one" + Entry, "put"), NameOf(calls, "/two" + Entry, "put")));
    }

    private static string? NameOf(JsonElement calls, string path, string method) =>
        calls.GetProperty(path).GetProperty(method).GetProperty("operationId").GetString();
}
