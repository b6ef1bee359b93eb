namespace Remanso.Server.Tests.Endpoints;

/// <summary>What is wrong with a parameter, and is refused before it could be taken for something else.</summary>
public sealed class QueryTests
{
    private const string Cache = "/v1/caches/default/";
    private const string Entry = Cache + "entries/k";

    [Theory]
    [InlineData("PUT", Entry, "tag")]
    [InlineData("PUT", Entry, "lifetime")]
    [InlineData("PUT", Entry, "durability")]
    [InlineData("PUT", Entry, "ttl")]
    [InlineData("PUT", Entry, "grace")]
    [InlineData("DELETE", Entry, "durability")]
    [InlineData("GET", Entry, "source")]
    [InlineData("GET", Entry, "timeout")]
    [InlineData("GET", "/get/k", "source")]
    [InlineData("POST", Entry + "/wait", "version")]
    [InlineData("POST", Entry + "/wait?version=1", "timeout")]
    [InlineData("POST", Entry + "/increment", "tag")]
    [InlineData("POST", Cache + "entries:batch-set", "lifetime")]
    [InlineData("GET", Cache + "watch", "key")]
    [InlineData("GET", Cache + "watch", "prefix")]
    [InlineData("GET", Cache + "watch", "values")]
    [InlineData("GET", Cache + "dead-letters", "key")]
    [InlineData("GET", Cache + "dead-letters", "prefix")]
    [InlineData("GET", Cache + "dead-letters", "error")]
    [InlineData("GET", Cache + "dead-letters", "olderThan")]
    [InlineData("GET", Cache + "dead-letters", "max")]
    [InlineData("POST", Cache + "dead-letters", "prefix")]
    [InlineData("DELETE", Cache + "dead-letters", "all")]
    [InlineData("GET", "/dashboard/caches/default/inspect", "key")]
    [InlineData("GET", "/dashboard/snapshot", "cache")]
    [InlineData("GET", "/dashboard/events", "cache")]
    public async Task A_broken_escape_in_a_parameter_is_refused_and_names_it(string method, string path, string parameter)
    {
        await using var server = await RunningServer.StartAsync();
        foreach (var broken in new[] { "%zz", "a%2", "%", "%ff", "a+%c3" })
        {
            var answer = await SendAsync(server, method, $"{path}{(path.Contains('?') ? '&' : '?')}{parameter}={broken}");

            Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
            Assert.Contains("urn:remanso:problem:bad-request", answer, StringComparison.Ordinal);
            Assert.Contains($"The parameter {parameter} has ", answer, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("PUT", Entry, "lifetime")]
    [InlineData("PUT", Entry, "durability")]
    [InlineData("PUT", Entry, "ttl")]
    [InlineData("PUT", Entry, "grace")]
    [InlineData("DELETE", Entry, "durability")]
    [InlineData("GET", Entry, "source")]
    [InlineData("GET", Entry, "timeout")]
    [InlineData("GET", "/get/k", "source")]
    [InlineData("POST", Entry + "/wait", "version")]
    [InlineData("POST", Entry + "/wait?version=1", "timeout")]
    [InlineData("POST", Entry + "/increment", "durability")]
    [InlineData("POST", Cache + "entries:batch-set", "lifetime")]
    [InlineData("GET", Cache + "watch", "prefix")]
    [InlineData("GET", Cache + "watch", "values")]
    [InlineData("GET", Cache + "dead-letters", "key")]
    [InlineData("GET", Cache + "dead-letters", "prefix")]
    [InlineData("GET", Cache + "dead-letters", "error")]
    [InlineData("GET", Cache + "dead-letters", "olderThan")]
    [InlineData("GET", Cache + "dead-letters", "max")]
    [InlineData("POST", Cache + "dead-letters", "prefix")]
    [InlineData("DELETE", Cache + "dead-letters", "all")]
    [InlineData("GET", "/dashboard/snapshot", "cache")]
    [InlineData("GET", "/dashboard/snapshot", "after")]
    public async Task A_parameter_that_is_there_twice_but_has_one_value_is_refused_and_named(string method, string path, string parameter)
    {
        await using var server = await RunningServer.StartAsync();

        var answer = await SendAsync(server, method, $"{path}{(path.Contains('?') ? '&' : '?')}{parameter}=1&other=2&{parameter}=3");

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains($"\"{parameter} may be there ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plus_is_a_space_in_a_parameter_and_a_plus_in_a_path()
    {
        await using var server = await RunningServer.StartAsync();
        await SendAsync(server, "PUT", Cache + "entries/a+b?tag=x+y&tag=x%2By&tag=x%20%2By");

        var answer = await server.GetRawAsync(Cache + "entries/a%2Bb");

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Contains("Remanso-Tags: x%20y, x%2By, x%20%2By", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_escape_of_a_parameter_that_the_call_does_not_know_is_ignored()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.StartsWith("HTTP/1.1 202", await SendAsync(server, "PUT", Entry + "?other=%zz&tag=a"), StringComparison.Ordinal);
    }

    // A client would tidy the escapes up.
    private static Task<string> SendAsync(RunningServer server, string method, string target) =>
        server.SendRawAsync(
            $"{method} {target} HTTP/1.1\r\nHost: localhost\r\nX-Remanso-Dashboard: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
}
