using System.Net.Http.Headers;
using System.Text.Json;
using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Keys;

namespace Remanso.Server.Tests.Endpoints;

/// <summary>The headers of answers, against those that the OpenAPI document has for their call and status.</summary>
public sealed class DescribedHeaderTests
{
    private const string Entry = "/v1/caches/{cache}/entries/{key}";
    private const string Batch = "/v1/caches/{cache}/entries:batch-set";
    private const string Read = "ETag Cache-Status Remanso-State Remanso-Tags Age";

    private static readonly string[] _known = [.. (Read + " Retry-After WWW-Authenticate Accept-Encoding Accept-Patch Allow").Split(' ')];

    [Theory]
    [InlineData(Entry, "GET", "tagged", null, null, 200, Read)]
    [InlineData(Entry, "HEAD", "tagged", null, null, 200, Read)]
    [InlineData(Entry, "GET", "tagged", "If-None-Match", "*", 304, Read)]
    [InlineData(Entry, "GET", "deleted", null, null, 404, "ETag Cache-Status")]
    [InlineData(Entry, "GET", "absent", "Cache-Control", "only-if-cached", 504, "Cache-Status")]
    [InlineData(Entry, "PUT", "k", null, null, 202, "ETag")]
    [InlineData(Entry, "DELETE", "k", null, null, 202, "ETag")]
    [InlineData(Entry, "PUT", "tagged", "If-None-Match", "*", 412, "ETag")]
    [InlineData(Entry, "PUT", "k", "Content-Encoding", "gzip", 415, "Accept-Encoding")]
    [InlineData(Entry, "PATCH", "k", null, null, 415, "Accept-Patch")]
    [InlineData(Entry + "/increment", "POST", "count", null, null, 202, "ETag")]
    [InlineData(Entry + "/increment", "POST", "tagged", null, null, 409, "ETag")]
    [InlineData("/set", "POST", "k", "Content-Encoding", "gzip", 415, "Accept-Encoding")]
    [InlineData("/get/{key}", "GET", "tagged", null, null, 200, "")]
    [InlineData("/get/{key}", "GET", "absent", null, null, 404, "")]
    public async Task An_answer_has_the_headers_that_are_described(
        string path,
        string method,
        string key,
        string? field,
        string? value,
        int status,
        string headers
    )
    {
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("PUT", "/v1/caches/default/entries/tagged?tag=t", "v");
        await server.SendAsync("PUT", "/v1/caches/default/entries/deleted", "v");
        await server.SendAsync("DELETE", "/v1/caches/default/entries/deleted");

        await HoldAsync(server, path, method, key, field, value, status, headers);
    }

    [Theory]
    [InlineData("PUT", "full", 503, "Retry-After")]
    [InlineData("PUT", "late", 504, "ETag")]
    [InlineData("GET", "away", 503, "Retry-After")]
    public async Task A_refusal_has_the_headers_that_are_described(string method, string key, int status, string headers)
    {
        await using var server = await RunningServer.StartAsync(
            new ScriptedCache
            {
                Write = static (key, _, _) =>
                    throw (
                        key == "full"
                            ? new BackPressureException(TimeSpan.FromSeconds(1))
                            : new DurabilityNotReachedException(5, Durability.Stored, "late")
                    ),
                Read = static (_, _) => throw new TierUnavailableException("away", mayHaveHappened: false),
            }
        );

        await HoldAsync(server, Entry, method, key, null, null, status, headers);
    }

    [Fact]
    public async Task Who_may_not_is_answered_with_the_headers_that_are_described()
    {
        using var folder = new TemporaryFolder();
        var file = new RemansoKeyFile(folder.File("keys.json"), TimeProvider.System);
        var (_, text) = file.Create("app", new RemansoGrant(RemansoScopes.Read, ["*"]));
        await using var server = await RunningServer.StartAsync(new ScriptedCache(), "--Remanso:Security:KeyFile", file.Path);

        await HoldAsync(server, Batch, "POST", "k", null, null, 401, "WWW-Authenticate");
        await HoldAsync(server, Batch, "POST", "k", "X-Api-Key", text, 403, "WWW-Authenticate");
        await HoldAsync(server, "/metrics", "GET", "k", null, null, 401, "WWW-Authenticate");
        await HoldAsync(server, "/metrics", "GET", "k", "X-Api-Key", text, 403, "WWW-Authenticate");
    }

    [Fact]
    public async Task What_comes_again_later_says_when()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedCache());
        using var document = JsonDocument.Parse(await server.Client.GetStringAsync("/openapi/v1.json"));
        var shapes = new DescribedShapes(document.RootElement);

        foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject())
        {
            foreach (var call in path.Value.EnumerateObject())
            {
                foreach (
                    var status in new[] { 429, 503 }.Where(status => call.Value.GetProperty("responses").TryGetProperty($"{status}", out _))
                )
                {
                    Assert.Equal(
                        (path.Name, path.Name != "/health/ready"),
                        (path.Name, shapes.Headers(path.Name, call.Name, status).Contains("Retry-After"))
                    );
                }
            }
        }
    }

    [Fact]
    public async Task What_takes_a_body_says_how_one_may_not_be_coded()
    {
        await using var server = await RunningServer.StartAsync(new ScriptedCache());
        using var document = JsonDocument.Parse(await server.Client.GetStringAsync("/openapi/v1.json"));

        foreach (var path in document.RootElement.GetProperty("paths").EnumerateObject())
        {
            foreach (var call in path.Value.EnumerateObject().Where(static call => call.Value.TryGetProperty("requestBody", out _)))
            {
                var answers = call.Value.GetProperty("responses");
                Assert.Contains("Content-Encoding", answers.GetProperty("415").GetProperty("description").GetString());
                Assert.Contains("Transfer-Encoding", answers.GetProperty("501").GetProperty("description").GetString());
            }
        }
    }

    private static async Task HoldAsync(
        RunningServer server,
        string path,
        string method,
        string key,
        string? field,
        string? value,
        int status,
        string headers
    )
    {
        using var document = JsonDocument.Parse(await server.Client.GetStringAsync("/openapi/v1.json"));
        using var request = new HttpRequestMessage(
            new HttpMethod(method),
            path.Replace("{cache}", "default", StringComparison.Ordinal).Replace("{key}", key, StringComparison.Ordinal)
        );
        request.Content = method is "GET" or "HEAD" or "DELETE" ? null : new StringContent(path == Entry ? "v" : "{}");
        if (field is not null)
        {
            HttpHeaders fields = field == "Content-Encoding" ? request.Content!.Headers : request.Headers;
            Assert.True(fields.TryAddWithoutValidation(field, value));
        }

        using var answer = await server.Client.SendAsync(request);

        Assert.Equal(status, (int)answer.StatusCode);
        var sent = _known.Where(name => answer.Headers.Concat(answer.Content.Headers).Any(header => header.Key == name));
        Assert.Equal(headers, string.Join(' ', sent));
        Assert.Empty(
            headers
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Except(new DescribedShapes(document.RootElement).Headers(path, method, status))
        );
    }
}
