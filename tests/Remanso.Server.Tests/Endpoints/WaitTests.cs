using Remanso.Conformance.Support;

namespace Remanso.Server.Tests.Endpoints;

public sealed class WaitTests
{
    private const string Path = "/v1/caches/default/entries/a%2Fb";

    [Fact]
    public async Task An_accepted_write_is_awaited_until_it_is_stored()
    {
        await using var server = await RunningServer.StartAsync();
        var version = (await (await server.SendAsync("PUT", Path, "v")).JsonAsync()).GetProperty("version").GetInt64();

        var waited = await server.SendAsync("POST", $"{Path}/wait?version={version}&durability=stored&timeout=20s");

        Assert.Equal(HttpStatusCode.OK, waited.StatusCode);
        Assert.Equal($$"""{"key":"a/b","version":{{version}},"durability":"stored"}""", await waited.TextAsync());
        Assert.Equal("v", await server.Client.GetStringAsync(Path + "?source=db"));
    }

    [Fact]
    public async Task A_version_that_is_nowhere_is_told_as_lost()
    {
        await using var server = await RunningServer.StartAsync();

        var waited = await server.SendAsync("POST", $"{Path}/wait?version=9007199254740991");

        Assert.Equal(HttpStatusCode.GatewayTimeout, waited.StatusCode);
        var problem = await waited.JsonAsync();
        Assert.False(problem.GetProperty("accepted").GetBoolean());
        Assert.Equal("urn:remanso:problem:durability-not-reached", problem.GetProperty("type").GetString());
    }

    [Fact]
    public async Task Where_the_database_keeps_no_rows_of_deletes_a_wait_and_a_repeat_say_that_nothing_tells()
    {
        var store = new ScriptedStore { KeepsDeletes = false };
        await using var server = await RunningServer.StartAsync(store);
        const string Delete = Path + "?durability=stored";
        var deleted = await server.SendAsync("DELETE", Delete, headers: ("Idempotency-Key", "once"));
        var version = (await deleted.JsonAsync()).GetProperty("version").GetInt64();
        store.Rows.Clear();
        await server.SendAsync("POST", "/v1/caches/default/invalidate", """{"keys":["a/b"]}""");

        HttpResponseMessage[] answers =
        [
            await server.SendAsync("POST", $"{Path}/wait?version={version}"),
            await server.SendAsync("DELETE", Delete, headers: ("Idempotency-Key", "once")),
        ];

        Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
        foreach (var answer in answers)
        {
            Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
            var problem = await answer.JsonAsync();
            Assert.Equal("urn:remanso:problem:durability-not-reached", problem.GetProperty("type").GetString());
            Assert.Equal("Whether the write is stored can't be told", problem.GetProperty("title").GetString());
            Assert.Equal((true, version), (problem.GetProperty("accepted").GetBoolean(), problem.GetProperty("version").GetInt64()));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("?version=0")]
    [InlineData("?version=-7")]
    [InlineData("?version=9007199254740992")]
    [InlineData("?version=7&timeout=2h")]
    [InlineData("?version=7&durability=eternal")]
    public async Task A_parameter_that_is_missing_or_wrong_is_named(string query)
    {
        await using var server = await RunningServer.StartAsync();

        Assert.Equal(HttpStatusCode.BadRequest, (await server.SendAsync("POST", Path + "/wait" + query)).StatusCode);
    }

    [Fact]
    public async Task A_wait_is_a_post()
    {
        await using var server = await RunningServer.StartAsync();

        var refused = await server.SendAsync("REPORT", Path + "/wait?version=7");

        Assert.Equal(HttpStatusCode.MethodNotAllowed, refused.StatusCode);
    }
}
