using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;

namespace Remanso.Server.Tests.Endpoints;

/// <summary>What clients that send or read slowly, or ask for much, may make the process hold.</summary>
public sealed class InFlightTests(RedisServer redis) : IClassFixture<RedisServer>
{
    private const string Entries = "/v1/caches/default/entries/";
    private const string BatchSet = "/v1/caches/default/entries:batch-set";
    private const string BatchGet = "/v1/caches/default/entries:batch-get";
    private const int MiB = 1 << 20;

    public static TheoryData<string> Tiers => ["memory", "redis"];

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task Uploads_that_stall_hold_no_more_than_the_budget_and_end_at_the_deadline(string tier)
    {
        await using var server = await StartAsync(tier, "--Remanso:MaxBytesInFlight", "33554432", "--Remanso:TransferTimeout", "2s");
        var part = Encoding.UTF8.GetBytes("[{\"key\":\"k\",\"value\":\"" + new string('v', 7 * MiB));

        var uploads = Enumerable.Range(0, 6).Select(_ => StallAsync(server, part)).ToArray();
        var answers = await Task.WhenAll(uploads);

        Assert.Contains(answers, static answer =>
            answer.StartsWith("HTTP/1.1 503", StringComparison.Ordinal)
            && answer.Contains("Retry-After: 1", StringComparison.Ordinal)
            && answer.Contains("urn:remanso:problem:busy", StringComparison.Ordinal)
        );
        Assert.Contains(answers, static answer =>
            answer.StartsWith("HTTP/1.1 408", StringComparison.Ordinal)
            && answer.Contains("urn:remanso:problem:too-slow", StringComparison.Ordinal)
        );
        Assert.InRange(server.Budget.Highest, 1, server.Budget.Limit);
        await Until.TrueAsync(() => server.Budget.Held == 0, "what ended uploads held is given back");
        Assert.Equal(
            HttpStatusCode.OK,
            (await server.SendAsync("POST", BatchSet, "[{\"key\":\"k\",\"value\":\"" + new string('v', MiB) + "\"}]")).StatusCode
        );
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task Small_requests_go_on_while_the_budget_is_taken(string tier)
    {
        await using var server = await StartAsync(tier, "--Remanso:MaxBytesInFlight", "4194304");
        server.Budget.Add(server.Budget.Limit);

        Assert.Equal(HttpStatusCode.Accepted, (await server.SendAsync("PUT", Entries + "k", "v")).StatusCode);
        Assert.Equal("v", await server.Client.GetStringAsync(Entries + "k"));
        var refused = await server.SendAsync("PUT", Entries + "k", new string('v', 100_000));
        await refused.AssertProblemAsync(503, "busy");
        Assert.Equal("1", refused.Header("Retry-After"));
        await (await server.SendAsync("POST", BatchGet, """["k"]""")).AssertProblemAsync(503, "busy");
        await (await server.SendAsync("GET", "/dashboard/caches/default/inspect?key=k")).AssertProblemAsync(503, "busy");
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task Readers_that_do_not_read_hold_no_more_than_the_budget_and_end_at_the_deadline(string tier)
    {
        await using var server = await StartAsync(
            tier,
            "--Remanso:MaxBytesInFlight",
            "33554432",
            "--Remanso:TransferTimeout",
            "2s",
            "--Remanso:Caches:default:MaxValueBytes",
            "8388608"
        );
        Assert.Equal(HttpStatusCode.Accepted, (await server.SendAsync("PUT", Entries + "k", new string('v', 8 * MiB))).StatusCode);

        var readers = await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(async _ =>
                {
                    var client = await SlowClient.ConnectAsync(server.Address);
                    await client.SendAsync($"GET {Entries}k HTTP/1.1\r\nHost: localhost\r\n\r\n");
                    return (Client: client, Head: await client.ReadHeadAsync());
                })
        );

        var served = readers.Where(static reader => reader.Head.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)).ToArray();
        Assert.InRange(served.Length, 1, 4);
        Assert.All(readers.Except(served), static reader => Assert.StartsWith("HTTP/1.1 503", reader.Head, StringComparison.Ordinal));
        await Until.TrueAsync(() => server.Budget.Held == 0, "the server gives up on those who do not read");
        Assert.All(await Task.WhenAll(served.Select(static reader => reader.Client.DrainAsync())), static bytes =>
            Assert.InRange(bytes, 0, (8 * MiB) - 1)
        );
        Assert.InRange(server.Budget.Highest, 1, server.Budget.Limit);
        Array.ForEach(readers, static reader => reader.Client.Dispose());
    }

    [Theory]
    [MemberData(nameof(Tiers))]
    public async Task Batches_of_large_values_are_read_a_part_at_a_time(string tier)
    {
        await using var server = await StartAsync(tier, "--Remanso:MaxBytesInFlight", "16777216");
        var value = new string('v', MiB);
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.Accepted, (await server.SendAsync("PUT", Entries + i, value, "text/plain")).StatusCode);
        }

        var keys = $"[{string.Join(',', Enumerable.Range(0, 20).Select(static n => $"\"{n}\""))}]";
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(async _ => await (await server.SendAsync("POST", BatchGet, keys)).JsonAsync())
        );

        Assert.All(answers, answer =>
            Assert.All(answer.EnumerateArray(), item => Assert.Equal(value, item.GetProperty("value").GetString()))
        );
        Assert.InRange(server.Budget.Highest, 4 * MiB, server.Budget.Limit);
        await Until.TrueAsync(() => server.Budget.Held == 0, "what was taken is given back");
    }

    [Fact]
    public async Task Batches_that_wait_for_the_database_leave_room_for_whoever_has_bytes_to_move()
    {
        var database = new Gate();
        var value = new string('v', 100_000);
        var cache = new ScriptedCache { BeforeMany = () => database.PassAsync(), Read = (_, _) => ScriptedCache.Found(value) };
        await using var server = await RunningServer.StartAsync(cache);
        var keys = $"[{string.Join(',', Enumerable.Range(0, 64).Select(static n => $"\"{n}\""))}]";

        var batches = Enumerable.Range(0, 4).Select(_ => server.SendAsync("POST", BatchGet, keys)).ToArray();
        await database.ArrivedAsync(2);
        await Until.TrueAsync(() => server.RequestsBegun == 4, "all batches are under way");

        Assert.Equal(HttpStatusCode.Accepted, (await server.SendAsync("PUT", Entries + "k", value)).StatusCode);
        Assert.Equal(value, await server.Client.GetStringAsync(Entries + "k"));
        // An answer is given back a moment after its caller has it.
        await Until.TrueAsync(() => server.Budget.Held <= server.Budget.Limit / 2, "the batches hold half of the budget at most");
        Assert.NotEqual(0, server.Budget.Held);
        database.Open();
        await Task.WhenAll(batches);
        await Until.TrueAsync(() => server.Budget.Held == 0, "what was taken is given back");
    }

    [Fact]
    public async Task A_body_that_does_not_come_is_408()
    {
        await using var server = await StartAsync("memory", "--Remanso:TransferTimeout", "1s");

        foreach (var head in (string[])["Content-Length: 10", "Content-Length: 100000", "Transfer-Encoding: chunked"])
        {
            using var client = await SlowClient.ConnectAsync(server.Address);
            await client.SendAsync($"PUT {Entries}k HTTP/1.1\r\nHost: localhost\r\n{head}\r\n\r\n1");

            Assert.StartsWith("HTTP/1.1 408", await client.ReadHeadAsync(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("ffffffffffffffff")]
    [InlineData("7fffffffffffffff")]
    [InlineData("80000000")]
    [InlineData("fffffffff")]
    [InlineData("xyz")]
    public async Task A_chunk_size_that_is_none_is_400_or_too_large(string size)
    {
        await using var server = await StartAsync("memory");

        foreach (var (method, path) in ((string, string)[])[("PUT", Entries + "k"), ("POST", "/set"), ("POST", BatchSet)])
        {
            var answer = await server.SendRawAsync(
                $"{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: "
                    + $"chunked\r\n\r\n{size}\r\nabc\r\n0\r\n\r\n"
            );

            Assert.Matches("^HTTP/1.1 4(00|13) ", answer);
            Assert.DoesNotContain("internal-error", answer, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_large_body_in_chunks_arrives_whole()
    {
        await using var server = await StartAsync("memory");
        var value = string.Concat(Enumerable.Range(0, 100_000).Select(static n => (char)('a' + (n % 26))));
        var chunks = string.Concat(value.Chunk(7_000).Select(static chunk => $"{chunk.Length:x}\r\n{new string(chunk)}\r\n"));

        var put = await server.SendRawAsync(
            $"PUT {Entries}k HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}0\r\n\r\n"
        );

        Assert.StartsWith("HTTP/1.1 202", put, StringComparison.Ordinal);
        Assert.Equal(value, await server.Client.GetStringAsync(Entries + "k"));
    }

    private static async Task<string> StallAsync(RunningServer server, byte[] part)
    {
        using var client = await SlowClient.ConnectAsync(server.Address);
        var answer = client.ReadHeadAsync();
        await client.SendAsync($"POST {BatchSet} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {part.Length + 1000}\r\n\r\n");
        try
        {
            await client.SendAsync(part);
        }
        catch (System.Net.Sockets.SocketException)
        {
            // Refused before all was sent.
        }

        return await answer;
    }

    private async Task<RunningServer> StartAsync(string tier, params string[] switches)
    {
        if (tier == "memory")
        {
            return await RunningServer.StartAsync(switches);
        }

        await redis.Process.CliAsync("flushall");
        return await RunningServer.StartAsync(["--tier", redis.Address, .. switches]);
    }
}
