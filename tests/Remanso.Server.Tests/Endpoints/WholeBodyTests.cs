namespace Remanso.Server.Tests.Endpoints;

/// <summary>What is stored is what was sent: a body that is compressed, or a part, is none of what could be kept.</summary>
public sealed class WholeBodyTests
{
    private const string Entry = "/v1/caches/default/entries/k";

    public static TheoryData<string, string, string> Calls =>
        new()
        {
            { "PUT", Entry, "new" },
            { "PATCH", Entry, "{\"a\":1}" },
            { "POST", Entry + "/increment", "{\"by\":1}" },
            { "POST", Entry + "/merge", "{\"op\":\"add\",\"value\":1}" },
            { "POST", "/set", "{\"key\":\"k\",\"value\":\"new\"}" },
            { "POST", "/v1/caches/default/entries:batch-set", "[{\"key\":\"k\",\"value\":\"new\"}]" },
            { "POST", "/v1/caches/default/entries:batch-get", "[\"k\"]" },
            { "PUT", "/v1/caches/default/dead-letters/k", "new" },
        };

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_body_that_is_compressed_or_a_part_is_refused_and_changes_nothing(string method, string path, string body)
    {
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("PUT", Entry, "old", "text/plain");

        foreach (var coding in new[] { "gzip", "br", "identity, gzip", "unheard-of" })
        {
            var coded = await SendAsync(server, method, path, body, "Content-Encoding", coding);
            await coded.AssertProblemAsync(415, "unsupported-coding");
            Assert.Equal("identity", coded.Header("Accept-Encoding"));
        }

        await (await SendAsync(server, method, path, body, "Content-Range", "bytes 1000-1003/1004")).AssertProblemAsync(400, "bad-request");
        Assert.Equal("old", await server.Client.GetStringAsync(Entry));
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_body_that_is_compressed_for_the_way_is_refused_and_changes_nothing(string method, string path, string body)
    {
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("PUT", Entry, "old", "text/plain");

        foreach (var coding in new[] { "gzip, chunked", "deflate,Chunked", "gzip\r\nTransfer-Encoding: chunked" })
        {
            var answer = await SendChunkedAsync(server, method, path, body, coding);
            Assert.StartsWith("HTTP/1.1 501", answer, StringComparison.Ordinal);
            Assert.Contains("urn:remanso:problem:unsupported-coding", answer, StringComparison.Ordinal);
        }

        Assert.Equal("old", await server.Client.GetStringAsync(Entry));
        Assert.StartsWith("HTTP/1.1 2", await SendChunkedAsync(server, "PUT", Entry, "new", "Chunked"), StringComparison.Ordinal);
        Assert.Equal("new", await server.Client.GetStringAsync(Entry));
    }

    [Fact]
    public async Task A_body_whose_coding_is_none_is_taken()
    {
        await using var server = await RunningServer.StartAsync();

        Assert.Equal(HttpStatusCode.Accepted, (await SendAsync(server, "PUT", Entry, "new", "Content-Encoding", "Identity")).StatusCode);
        Assert.Equal("new", await server.Client.GetStringAsync(Entry));
    }

    private static Task<string> SendChunkedAsync(RunningServer server, string method, string path, string body, string coding) =>
        server.SendRawAsync(
            $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/merge-patch+json\r\n"
                + $"Transfer-Encoding: {coding}\r\nConnection: close\r\n\r\n{body.Length:x}\r\n{body}\r\n0\r\n\r\n"
        );

    private static async Task<HttpResponseMessage> SendAsync(
        RunningServer server,
        string method,
        string path,
        string body,
        string field,
        string value
    )
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        request.Content.Headers.TryAddWithoutValidation("Content-Type", method == "PATCH" ? "application/merge-patch+json" : "text/plain");
        Assert.True(request.Content.Headers.TryAddWithoutValidation(field, value));
        return await server.Client.SendAsync(request);
    }
}
