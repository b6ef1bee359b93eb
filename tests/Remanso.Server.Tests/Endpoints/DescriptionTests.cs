using System.Text.Json;
using System.Text.RegularExpressions;

namespace Remanso.Server.Tests.Endpoints;

/// <summary>What the server says of itself: the OpenAPI document that its endpoints make, and the page that shows it.</summary>
public sealed partial class DescriptionTests
{
    public static TheoryData<string, string, string> Calls =>
        new()
        {
            { "/set", "post", "200 400 401 403 409 413 422 501 502 503 504" },
            { "/get/{key}", "get", "200 400 401 403 404 502 503" },
            { "/v1/caches/{cache}/entries/{key}", "get", "200 304 400 401 403 404 502 503 504" },
            { "/v1/caches/{cache}/entries/{key}", "head", "200 304 400 401 403 404 502 503 504" },
            { "/v1/caches/{cache}/entries/{key}", "put", "200 202 400 401 403 404 409 412 413 415 422 501 502 503 504" },
            { "/v1/caches/{cache}/entries/{key}", "patch", "200 202 400 401 403 404 409 412 413 415 422 501 502 503 504" },
            { "/v1/caches/{cache}/entries/{key}", "delete", "200 202 400 401 403 404 409 412 422 501 502 503 504" },
            { "/v1/caches/{cache}/entries/{key}/increment", "post", "200 202 400 401 403 404 409 412 413 422 501 502 503 504" },
            { "/v1/caches/{cache}/entries/{key}/merge", "post", "200 202 400 401 403 404 409 412 413 422 501 502 503 504" },
            { "/v1/caches/{cache}/entries/{key}/wait", "post", "200 202 400 401 403 404 409 501 503 504" },
            { "/v1/caches/{cache}/entries:batch-get", "post", "200 400 401 403 404 413 502 503" },
            { "/v1/caches/{cache}/entries:batch-set", "post", "200 400 401 403 404 413 501 503" },
            { "/v1/caches/{cache}/watch", "get", "200 400 401 403 404 503" },
            { "/v1/caches/{cache}/flush", "post", "200 401 403 404 503" },
            { "/v1/caches/{cache}/invalidate", "post", "204 400 401 403 404 413 503" },
            { "/v1/caches/{cache}/expire", "post", "204 400 401 403 404 413 503" },
            { "/v1/caches/{cache}/preload", "post", "200 400 401 403 404 413 503" },
            { "/v1/caches/{cache}/dead-letters", "get", "200 400 401 403 404 503" },
            { "/v1/caches/{cache}/dead-letters", "post", "200 400 401 403 404 413 503" },
            { "/v1/caches/{cache}/dead-letters", "delete", "200 400 401 403 404 413 503" },
            { "/v1/caches/{cache}/dead-letters/{key}", "put", "200 202 400 401 403 404 409 412 413 422 501 502 503 504" },
            { "/v1/stats", "get", "200 401 403 503" },
            { "/v1/processes", "get", "200 401 403 503" },
            { "/health/live", "get", "200" },
            { "/health/ready", "get", "200 503" },
            { "/metrics", "get", "200 401 403 429" },
            { "/openapi/v1.json", "get", "200" },
            { "/docs/", "get", "200" },
            { "/", "get", "200" },
        };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_call_is_described_with_its_statuses_its_scope_and_examples(string path, string method, string statuses)
    {
        await using var server = await RunningServer.StartAsync(new ScriptedCache());

        using var document = JsonDocument.Parse(await server.Client.GetStringAsync("/openapi/v1.json"));

        var call = document.RootElement.GetProperty("paths").GetProperty(path).GetProperty(method);
        var known = call.GetProperty("responses").EnumerateObject().ToDictionary(static one => one.Name, static one => one.Value);
        Assert.Empty(statuses.Split(' ').Except(known.Keys));
        Assert.Equal(known.ContainsKey("401"), call.TryGetProperty("security", out _));
        Assert.Equal(
            path.Contains("{key}", StringComparison.Ordinal),
            call.TryGetProperty("parameters", out var parameters)
                && parameters
                    .EnumerateArray()
                    .Any(static one => (one.GetProperty("name").GetString(), one.GetProperty("in").GetString()) == ("key", "path"))
        );
        foreach (
            var (status, answer) in known.Where(static one =>
                one.Key[0] is '4' or '5'
                && one.Value.TryGetProperty("content", out var content)
                && content.TryGetProperty("application/problem+json", out _)
            )
        )
        {
            var problem = answer.GetProperty("content").GetProperty("application/problem+json");
            Assert.Equal(status, problem.GetProperty("example").GetProperty("status").GetRawText());
            Assert.Equal("#/components/schemas/Problem", problem.GetProperty("schema").GetProperty("$ref").GetString());
        }
    }

    [Fact]
    public async Task Every_status_that_any_call_may_have_is_described()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedCache());

        using var document = JsonDocument.Parse(await server.Client.GetStringAsync("/openapi/v1.json"));

        var operations = document
            .RootElement.GetProperty("paths")
            .EnumerateObject()
            .SelectMany(static path => path.Value.EnumerateObject().Select(operation => (path.Name, Operation: operation.Value)));
        foreach (var (path, operation) in operations)
        {
            var known = operation.GetProperty("responses").EnumerateObject().Select(static one => one.Name).ToArray();
            Assert.True(known.Contains("421"), path);
            Assert.Equal((path, operation.TryGetProperty("security", out _)), (path, known.Contains("429")));
            Assert.Equal((path, operation.TryGetProperty("requestBody", out _)), (path, known.Contains("408")));
        }
    }

    [Fact]
    public async Task Every_call_has_a_name_of_its_own_that_never_changes()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedCache());

        using var document = JsonDocument.Parse(await server.Client.GetStringAsync("/openapi/v1.json"));

        var names = document
            .RootElement.GetProperty("paths")
            .EnumerateObject()
            .SelectMany(static path => path.Value.EnumerateObject())
            .Select(static call => call.Value.GetProperty("operationId").GetString()!)
            .ToArray();
        Assert.Equal(Calls.Count, names.Distinct(StringComparer.Ordinal).Count());
        Assert.All(names, static name => Assert.Matches("^[a-z]+([A-Z][a-z]+)+$", name));

        // Those who have generated a client call them so.
        Assert.Equal(
            "batchGetEntries batchSetEntries correctDeadLetter deleteEntry dropDeadLetters expireEntries flushCache getDescription "
                + "getDocs getEntry getIndex getLiveness getMetrics getReadiness getStatistics getValue headEntry incrementEntry "
                + "invalidateEntries listDeadLetters listProcesses mergeEntry patchEntry preloadEntries putEntry replayDeadLetters "
                + "setValue waitForEntry watchCache",
            string.Join(' ', names.Order(StringComparer.Ordinal))
        );
    }

    [Theory]
    [InlineData("/v1/caches/{cache}/entries/{key}", "put", "tag")]
    [InlineData("/v1/caches/{cache}/entries/{key}", "patch", "tag")]
    [InlineData("/v1/caches/{cache}/entries/{key}/increment", "post", "tag")]
    [InlineData("/v1/caches/{cache}/entries/{key}/merge", "post", "tag")]
    [InlineData("/v1/caches/{cache}/dead-letters/{key}", "put", "tag")]
    [InlineData("/v1/caches/{cache}/watch", "get", "key")]
    public async Task A_parameter_that_may_be_repeated_is_an_array(string path, string method, string name)
    {
        await using var server = await RunningServer.StartAsync(new ScriptedCache());

        using var document = JsonDocument.Parse(await server.Client.GetStringAsync("/openapi/v1.json"));

        var parameters = document.RootElement.GetProperty("paths").GetProperty(path).GetProperty(method).GetProperty("parameters");
        var schema = parameters
            .EnumerateArray()
            .Single(one => (one.GetProperty("name").GetString(), one.GetProperty("in").GetString()) == (name, "query"))
            .GetProperty("schema");
        Assert.Equal("array", schema.GetProperty("type").GetString());
        Assert.Equal("string", schema.GetProperty("items").GetProperty("type").GetString());
    }

    [Fact]
    public async Task The_document_says_how_to_show_who_one_is()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedCache());

        using var document = JsonDocument.Parse(await server.Client.GetStringAsync("/openapi/v1.json"));

        Assert.StartsWith("3.1", document.RootElement.GetProperty("openapi").GetString(), StringComparison.Ordinal);
        var schemes = document.RootElement.GetProperty("components").GetProperty("securitySchemes");
        Assert.Equal("bearer", schemes.GetProperty("bearer").GetProperty("scheme").GetString());
        Assert.Equal("X-Api-Key", schemes.GetProperty("apiKey").GetProperty("name").GetString());
        Assert.Contains(
            "\"type\":\"integer\",\"format\":\"int64\"",
            JsonSerializer.Serialize(document.RootElement),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task The_page_comes_from_this_server_alone_and_may_run_nothing_else()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedCache());

        var page = await server.Client.GetAsync("/docs/");
        var again = await server.Client.GetAsync("/docs/");

        var text = await page.TextAsync();
        var policy = page.Header("Content-Security-Policy")!;
        var nonce = NoncePattern.Match(policy).Groups[1].Value;
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-eval", policy, StringComparison.Ordinal);
        Assert.NotEqual(policy, again.Header("Content-Security-Policy"));
        Assert.DoesNotContain("://", text, StringComparison.Ordinal);
        Assert.Equal(3, text.Split("<script").Length - 1);
        Assert.Equal(3, text.Split($"nonce=\"{nonce}\"").Length - 1);
        Assert.Equal("text/javascript", (await server.Client.GetAsync("/docs/scalar.js")).Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("/docs")]
    [InlineData("/docs/")]
    [InlineData("/docs/scalar.js")]
    public async Task The_page_knows_the_methods_of_every_page_and_refuses_others_by_a_problem(string path)
    {
        await using var server = await RunningServer.StartAsync(new ScriptedCache());

        foreach (var method in new[] { "POST", "PUT", "DELETE", "OPTIONS" })
        {
            var refused = await server.SendAsync(method, path);
            await refused.AssertProblemAsync(405, "method-not-allowed");
            Assert.Equal("GET, HEAD", refused.Header("Allow"));
        }

        var head = await server.SendAsync("HEAD", path);
        Assert.Equal((200, ""), ((int)head.StatusCode, await head.TextAsync()));
        await (await server.SendAsync("GET", "/docs/no/page")).AssertProblemAsync(404, "not-found");
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/")]
    [InlineData("/docs")]
    [InlineData("/docs/scalar.js")]
    [InlineData("/v1/stats")]
    public async Task A_cache_in_between_asks_again_for_every_page(string path)
    {
        await using var server = await RunningServer.StartAsync(new ScriptedCache());

        using var answer = await server.Client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead);

        Assert.Matches("^no-(cache|store)$", answer.Header("Cache-Control"));
    }

    [GeneratedRegex("'nonce-([0-9a-f]{32})'")]
    private static partial Regex NoncePattern { get; }
}
