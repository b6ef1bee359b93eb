using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;
using Remanso.Entries;
using Remanso.Stores;

namespace Remanso.Server.Tests.Endpoints;

/// <summary>A content type that can't be a header field is refused before it is stored, and one that is there already
/// makes nothing unreadable.</summary>
public sealed class ContentTypeTests(RedisServer redis) : IClassFixture<RedisServer>
{
    private const string Entries = "/v1/caches/default/entries/";

    public static TheoryData<string> Tiers => ["memory", "redis"];

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task A_content_type_that_is_not_visible_ASCII_is_415_and_nothing_is_written(string tier)
    {
        await using var server =
            tier == "memory" ? await RunningServer.StartAsync() : await RunningServer.StartAsync("--tier", redis.Address);
        string[] types = ["text/plain; name=\"caf\u00e9\"", "text/plain;\tcharset=utf-8", "text/" + new string('x', 300)];

        foreach (var path in (string[])[Entries + "k", "/v1/caches/default/dead-letters/k"])
        {
            foreach (var type in types)
            {
                var answer = await server.SendRawAsync(
                    $"PUT {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: {type}\r\nContent-Length: 1\r\n\r\nv"
                );

                Assert.StartsWith("HTTP/1.1 415", answer, StringComparison.Ordinal);
                Assert.Contains("urn:remanso:problem:invalid-content-type", answer, StringComparison.Ordinal);
            }
        }

        await (await server.Client.GetAsync(Entries + "k")).AssertProblemAsync(404, "absent-key");
        Assert.Equal(HttpStatusCode.Accepted, (await server.SendAsync("PUT", Entries + "k", "v", "text/plain; name=\"cafe\"")).StatusCode);
        Assert.Equal("text/plain; name=\"cafe\"", (await server.Client.GetAsync(Entries + "k")).Header("Content-Type"));
    }

    [Fact]
    public async Task A_row_with_such_a_content_type_is_served_as_bytes()
    {
        var store = new ScriptedStore();
        store.Rows["k"] = new StoreWrite<string, Bytes>
        {
            Key = "k",
            Value = "v"u8.ToArray(),
            Version = 7,
            ContentType = "text/plain; name=\"caf\u00e9\"",
            ExpiresAt = CacheEntry.Never,
        };
        await using var server = await RunningServer.StartAsync(store);

        var answer = await server.Client.GetAsync(Entries + "k");

        Assert.Equal(
            (HttpStatusCode.OK, "application/octet-stream", "v"),
            (answer.StatusCode, answer.Header("Content-Type"), await answer.TextAsync())
        );
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync("/get/k")).StatusCode);
    }
}
