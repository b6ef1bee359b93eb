using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Remanso.AspNetCore.Tests.Support;

namespace Remanso.AspNetCore.Tests.Endpoints;

/// <summary>Keys in the path of a mounted API are taken byte for byte as they were sent.</summary>
public sealed class MountedKeyTests
{
    public static TheoryData<string, string> Keys =>
        new()
        {
            { "user:42", "user:42" },
            { "a/b", "a/b" },
            { "a%2Fb", "a/b" },
            { "a%252Fb", "a%2Fb" },
            { "%25", "%" },
            { "a+b%20c", "a+b c" },
            { "%C3%A7%C3%A3o", "\u00e7\u00e3o" },
            { "a//b/", "a//b/" },
            { "/a", "/a" },
            { "a/../b", "a/../b" },
            { "a/./b", "a/./b" },
            { "x/increment", "x/increment" },
            { "cache/get/x", "cache/get/x" },
        };

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task A_key_is_what_was_sent_decoded_once_whatever_stands_before_it(string escaped, string key)
    {
        await using var root = await MountedApi.StartAsync(static app => app.MapRemanso());
        await using var prefixed = await MountedApi.StartAsync(static app => app.MapRemanso("/cache"));
        await using var based = await MountedApi.StartAsync(static app =>
        {
            app.UsePathBase("/my/app");
            app.UseRouting();
            app.MapRemanso("/cache");
        });
        foreach (
            var (api, before) in new[]
            {
                (root, ""),
                (prefixed, "/cache"),
                (prefixed, "/c%61che"),
                (prefixed, "/CACHE"),
                (based, "/cache"),
                (based, "/my/app/cache"),
                (based, "/my/%61pp/cache"),
                (prefixed, "http://localhost/cache"),
                (based, "http://localhost/my/app/cache"),
            }
        )
        {
            Assert.StartsWith(
                "HTTP/1.1 202",
                await api.SendRawAsync("PUT", $"{before}/v1/caches/default/entries/{escaped}?lifetime=1h", "v"),
                StringComparison.Ordinal
            );
            var get = await api.SendRawAsync("GET", $"{before}/get/{escaped}");
            Assert.StartsWith("HTTP/1.1 200", get, StringComparison.Ordinal);
            Assert.Contains($"\"key\":\"{key}\",\"value\":", get, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("../x")]
    [InlineData("%2E%2E/x")]
    [InlineData("a/../../set")]
    [InlineData("../../../admin")]
    public async Task A_key_that_leads_out_of_itself_needs_the_paths_as_they_were_sent(string escaped)
    {
        await using var exact = await MountedApi.StartAsync(static app =>
        {
            app.UseRemansoPaths("/app/cache");
            app.UsePathBase("/app");
            app.UseRouting();
            app.MapGet("/admin", static () => "secret");
            app.MapRemanso("/cache");
        });
        await using var plain = await MountedApi.StartAsync(static app => app.MapRemanso("/cache"));

        Assert.StartsWith(
            "HTTP/1.1 202",
            await exact.SendRawAsync("PUT", "/app/cache/v1/caches/default/entries/" + escaped, "v"),
            StringComparison.Ordinal
        );
        Assert.StartsWith("HTTP/1.1 200", await exact.SendRawAsync("GET", "/app/cache/get/" + escaped), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 40", await plain.SendRawAsync("GET", "/cache/get/" + escaped), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_was_routed_before_stays_where_it_was_routed_to()
    {
        // Whoever decided about the open page must not have let a request through to what is not open.
        await using var api = await MountedApi.StartAsync(static app =>
        {
            app.UseRouting();
            app.UseRemansoPaths("/cache");
            app.MapGet("/open", static () => "open");
            app.MapRemanso("/cache");
        });

        Assert.Contains("\r\nopen\r\n", await api.SendRawAsync("GET", "/cache/get/../../open"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/x/../cache/get/k")]
    [InlineData("/cache/v1/caches/other/entries/../../default/entries/k")]
    [InlineData("/cache/v1/caches/other/../default/entries/k")]
    public async Task A_path_that_the_platform_made_another_of_has_no_key(string target)
    {
        await using var api = await MountedApi.StartAsync(static app => app.MapRemanso("/cache"));

        Assert.Contains("urn:remanso:problem:bad-request", await api.SendRawAsync("GET", target), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_path_that_the_application_rewrote_is_taken_as_it_is()
    {
        await using var api = await MountedApi.StartAsync(static app =>
        {
            app.Use(
                static (context, next) =>
                {
                    context.Request.Path = context.Request.Path.StartsWithSegments("/c", out var rest)
                        ? "/cache/get" + rest
                        : context.Request.Path;
                    return next(context);
                }
            );
            app.UseRouting();
            app.MapRemanso("/cache");
        });
        await api.SendRawAsync("PUT", "/cache/v1/caches/default/entries/a%2Fb%25%20%C3%A7", "v");

        Assert.Contains("\"key\":\"a/b% \u00e7\"", await api.SendRawAsync("GET", "/c/a%2Fb%25%20%C3%A7"), StringComparison.Ordinal);
    }
}
