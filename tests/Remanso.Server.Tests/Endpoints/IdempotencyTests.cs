using Remanso.AspNetCore.Security;
using Remanso.AspNetCore.Security.Keys;

namespace Remanso.Server.Tests.Endpoints;

public sealed class IdempotencyTests
{
    private const string Path = "/v1/caches/default/entries/k";

    private static readonly (string, string) _key = ("Idempotency-Key", "8e03978e-40d5-43dd-bc93-6894a57f9324");

    [Theory]
    [InlineData("PUT", Path, "a body")]
    [InlineData("DELETE", Path, null)]
    [InlineData("POST", Path + "/increment", """{"by":3}""")]
    [InlineData("POST", Path + "/merge", """{"op":"append","value":3,"cap":9}""")]
    [InlineData("POST", Path + "/merge", """{"op":"max","value":3}""")]
    [InlineData("POST", "/set", """{"key":"k","value":"v"}""")]
    [InlineData("POST", "/v1/caches/default/entries:batch-set", """[{"key":"k","value":"v"},{"key":"j","value":1}]""")]
    public async Task A_repeated_request_has_the_same_answer_and_no_second_effect(string method, string path, string? body)
    {
        await using var server = await RunningServer.StartAsync();
        var first = await server.SendAsync(method, path, body, headers: _key);
        await server.SendAsync("PUT", Path, "later");

        var again = await server.SendAsync(method, path, body, headers: _key);

        Assert.Equal(
            (first.StatusCode, first.Header("ETag"), await first.TextAsync()),
            (again.StatusCode, again.Header("ETag"), await again.TextAsync())
        );
        Assert.Equal("later", await server.Client.GetStringAsync(Path));
    }

    [Fact]
    public async Task Concurrent_repetitions_of_an_increment_count_once()
    {
        await using var server = await RunningServer.StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.SendAsync("POST", Path + "/increment", headers: _key)));
        var texts = await Task.WhenAll(answers.Select(static answer => answer.TextAsync()));
        Assert.Single(texts.Distinct());
        Assert.Equal("1", await server.Client.GetStringAsync(Path));
    }

    [Fact]
    public async Task Another_request_with_the_same_key_is_422()
    {
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("PUT", Path, "one", headers: _key);

        await (await server.SendAsync("PUT", Path, "two", headers: _key)).AssertProblemAsync(422, "idempotency-conflict");
        await (await server.SendAsync("DELETE", Path, headers: _key)).AssertProblemAsync(422, "idempotency-conflict");
        await (await server.SendAsync("POST", Path + "/increment", headers: _key)).AssertProblemAsync(422, "idempotency-conflict");
        Assert.Equal("one", await server.Client.GetStringAsync(Path));
    }

    [Fact]
    public async Task An_entry_of_a_batch_is_told_the_name_that_the_client_sent()
    {
        const string Batch = "/v1/caches/default/entries:batch-set";
        await using var server = await RunningServer.StartAsync();
        await server.SendAsync("POST", Batch, """[{"key":"j","value":1},{"key":"k","value":"one"}]""", headers: _key);

        var again = await server.SendAsync("POST", Batch, """[{"key":"j","value":1},{"key":"k","value":"two"}]""", headers: _key);

        var refused = (await again.JsonAsync())[1];
        Assert.Equal(422, refused.GetProperty("status").GetInt32());
        Assert.Equal(
            $"The idempotency key '{_key.Item2}' was used for another write of 'k'; each write needs one of its own.",
            refused.GetProperty("error").GetString()
        );
    }

    [Fact]
    public async Task A_key_that_is_none_is_400()
    {
        await using var server = await RunningServer.StartAsync();
        await (await server.SendAsync("PUT", Path, "v", headers: ("Idempotency-Key", "two words"))).AssertProblemAsync(400, "bad-request");
        await (await server.SendAsync("PUT", Path, "v", headers: ("Idempotency-Key", new string('x', 201)))).AssertProblemAsync(
            400,
            "bad-request"
        );
    }

    [Fact]
    public async Task One_client_leaves_room_for_the_notes_of_others_and_the_refusal_says_what_it_is()
    {
        await using var server = await RunningServer.StartAsync("--Remanso:Caches:default:Tier:MaxIdempotencyKeys", "100");
        var entries = string.Join(',', Enumerable.Range(0, 100).Select(static n => $$"""{"key":"{{n}}","value":{{n}}}"""));

        var batch = await server.SendAsync("POST", "/v1/caches/default/entries:batch-set", $"[{entries}]", headers: _key);

        var statuses = (await batch.JsonAsync())
            .EnumerateArray()
            .CountBy(static item => item.GetProperty("status").GetInt32())
            .ToDictionary();
        Assert.Equal((50, 50), (statuses[202], statuses[503]));
        var refused = await server.SendAsync("PUT", Path, "v", headers: ("Idempotency-Key", "another"));
        var problem = await refused.AssertProblemAsync(503, "idempotency-full");
        Assert.Contains("idempotency key", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("unstored", problem.GetRawText(), StringComparison.Ordinal);
        Assert.InRange(int.Parse(refused.Header("Retry-After")!, System.Globalization.CultureInfo.InvariantCulture), 1, 600);
        Assert.Equal(HttpStatusCode.Accepted, (await server.SendAsync("PUT", Path, "v")).StatusCode);

        // Another client: another address of the same machine.
        using var handler = new SocketsHttpHandler
        {
            ConnectCallback = async (context, token) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.2"), 0));
                await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, token);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        };
        using var other = new HttpClient(handler) { BaseAddress = server.Address };
        other.DefaultRequestHeaders.Add("Idempotency-Key", "mine");
        using var body = new StringContent("w");
        Assert.Equal(HttpStatusCode.Accepted, (await other.PutAsync(Path, body)).StatusCode);
    }

    [Fact]
    public async Task Clients_that_have_signed_in_are_told_apart_behind_one_address()
    {
        using var folder = new TemporaryFolder();
        var file = new RemansoKeyFile(folder.File("keys.json"), TimeProvider.System);
        string[] keys =
        [
            .. Enumerable.Range(0, 2).Select(i => file.Create($"client {i}", new RemansoGrant(RemansoScopes.All, ["*"])).Text),
        ];
        await using var server = await RunningServer.StartAsync(
            "--Remanso:Caches:default:Tier:MaxIdempotencyKeys",
            "100",
            "--Remanso:Security:KeyFile",
            file.Path
        );
        var entries = string.Join(',', Enumerable.Range(0, 100).Select(static n => $$"""{"key":"{{n}}","value":{{n}}}"""));
        await server.SendAsync("POST", "/v1/caches/default/entries:batch-set", $"[{entries}]", headers: [_key, ("X-Api-Key", keys[0])]);

        var refused = await server.SendAsync("PUT", Path, "v", headers: [("Idempotency-Key", "another"), ("X-Api-Key", keys[0])]);
        await refused.AssertProblemAsync(503, "idempotency-full");

        var other = await server.SendAsync("PUT", Path, "w", headers: [("Idempotency-Key", "mine"), ("X-Api-Key", keys[1])]);
        Assert.Equal(HttpStatusCode.Accepted, other.StatusCode);
    }
}
