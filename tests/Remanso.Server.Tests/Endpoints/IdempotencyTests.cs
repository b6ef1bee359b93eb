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
            (first.StatusCode, first.Header("ETag"), await first.TextAsync()), (again.StatusCode, again.Header("ETag"), await again.TextAsync()));
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
    public async Task A_key_that_is_none_is_400()
    {
        await using var server = await RunningServer.StartAsync();
        await (await server.SendAsync("PUT", Path, "v", headers: ("Idempotency-Key", "two words"))).AssertProblemAsync(400, "bad-request");
        await (await server.SendAsync("PUT", Path, "v", headers: ("Idempotency-Key", new string('x', 201)))).AssertProblemAsync(400, "bad-request");
    }
}
