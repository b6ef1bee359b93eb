namespace Remanso.Server.Tests.Endpoints;

/// <summary>What is wrong with a parameter, and is refused before it could be taken for something else.</summary>
public sealed class QueryTests(QueryTests.OneServer one) : IClassFixture<QueryTests.OneServer>
{
    private const string Cache = "/v1/caches/default/";
    private const string Entry = Cache + "entries/k";

    /// <summary>The parameters with one value: method, path, name.</summary>
    public static TheoryData<string, string, string> OfOneValue =>
        new()
        {
            { "PUT", Entry, "lifetime" },
            { "PUT", Entry, "durability" },
            { "PUT", Entry, "ttl" },
            { "PUT", Entry, "grace" },
            { "DELETE", Entry, "durability" },
            { "GET", Entry, "source" },
            { "GET", Entry, "timeout" },
            { "GET", "/get/k", "source" },
            { "POST", Entry + "/wait", "version" },
            { "POST", Entry + "/wait?version=1", "timeout" },
            { "POST", Cache + "entries:batch-set", "lifetime" },
            { "GET", Cache + "watch", "prefix" },
            { "GET", Cache + "watch", "values" },
            { "GET", Cache + "dead-letters", "key" },
            { "GET", Cache + "dead-letters", "prefix" },
            { "GET", Cache + "dead-letters", "error" },
            { "GET", Cache + "dead-letters", "olderThan" },
            { "GET", Cache + "dead-letters", "max" },
            { "POST", Cache + "dead-letters", "prefix" },
            { "DELETE", Cache + "dead-letters", "all" },
            { "GET", "/dashboard/snapshot", "cache" },
            { "POST", Entry + "/increment", "durability" },
            { "GET", "/dashboard/snapshot", "after" },
        };

    [Theory]
    [MemberData(nameof(OfOneValue))]
    [InlineData("PUT", Entry, "tag")]
    [InlineData("POST", Entry + "/increment", "tag")]
    [InlineData("GET", Cache + "watch", "key")]
    [InlineData("GET", "/dashboard/caches/default/inspect", "key")]
    [InlineData("GET", "/dashboard/events", "cache")]
    public async Task A_broken_escape_in_a_parameter_is_refused_and_names_it(string method, string path, string parameter)
    {
        foreach (var broken in new[] { "%zz", "a%2", "%", "%ff", "a+%c3" })
        {
            var answer = await SendAsync(method, $"{path}{(path.Contains('?') ? '&' : '?')}{parameter}={broken}");

            Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
            Assert.Contains("urn:remanso:problem:bad-request", answer, StringComparison.Ordinal);
            Assert.Contains($"The parameter {parameter} has ", answer, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(OfOneValue))]
    public async Task A_parameter_that_is_there_twice_but_has_one_value_is_refused_and_named(string method, string path, string parameter)
    {
        var answer = await SendAsync(method, $"{path}{(path.Contains('?') ? '&' : '?')}{parameter}=1&other=2&{parameter}=3");

        Assert.StartsWith("HTTP/1.1 400", answer, StringComparison.Ordinal);
        Assert.Contains($"\"{parameter} may be there ", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plus_is_a_space_in_a_parameter_and_a_plus_in_a_path()
    {
        await SendAsync("PUT", Cache + "entries/a+b?tag=x+y&tag=x%2By&tag=x%20%2By");

        var answer = await one.Server.GetRawAsync(Cache + "entries/a%2Bb");

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Contains("Remanso-Tags: x%20y, x%2By, x%20%2By", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_escape_of_a_parameter_that_the_call_does_not_know_is_ignored()
    {
        Assert.StartsWith("HTTP/1.1 202", await SendAsync("PUT", Entry + "?other=%zz&tag=a"), StringComparison.Ordinal);
    }

    // A client would tidy the escapes up.
    private Task<string> SendAsync(string method, string target) =>
        one.Server.SendRawAsync(
            $"{method} {target} HTTP/1.1\r\nHost: localhost\r\nX-Remanso-Dashboard: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );

    /// <summary>A server for all of them: none changes what another reads.</summary>
    public sealed class OneServer : IAsyncLifetime
    {
        internal RunningServer Server { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Server = await RunningServer.StartAsync();

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
