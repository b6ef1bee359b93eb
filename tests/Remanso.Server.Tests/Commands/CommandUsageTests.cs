namespace Remanso.Server.Tests.Commands;

/// <summary>What the commands that call a server say before they call it.</summary>
public sealed class CommandUsageTests
{
    [Theory]
    [InlineData("VALUE and --file can't both be given", "set", "k", "v", "--file", "f")]
    [InlineData("--file none can't be read", "set", "k", "--file", "none")]
    [InlineData("--ttl must be a time", "set", "k", "v", "--ttl", "soon")]
    [InlineData("--durability must be accepted, replicated, logged or stored", "set", "k", "v", "--durability", "carved")]
    [InlineData("--source must be cache or db", "get", "k", "--source", "disk")]
    [InlineData("--if-version", "set", "k", "v", "--if-version", "x")]
    [InlineData("--if-version and --if-absent can't both be given", "set", "k", "v", "--if-version", "1", "--if-absent")]
    [InlineData("remanso: --if-version ('-1') must be", "set", "k", "v", "--if-version", "-1")]
    [InlineData("remanso: --content-type must be 1 to 255", "set", "k", "v", "--content-type", "\u00e9")]
    [InlineData("remanso: --url (or REMANSO_URL) must be an absolute", "get", "k", "--url", "http://localhost:1?x=1")]
    [InlineData("a key belongs in --key-file (or REMANSO_API_KEY).", "get", "k", "--url", "http://a:b@localhost:1")]
    [InlineData("remanso: --timeout must be above zero and up to 40 days", "get", "k", "--timeout", "50d")]
    [InlineData("get --help", "get")]
    [InlineData("colour", "get", "k", "--colour", "red")]
    [InlineData("--url must be an address", "get", "k", "--url", "localhost")]
    [InlineData("--key-file none can't be read", "get", "k", "--key-file", "none")]
    [InlineData("cache's name", "get", "k", "--cache", "a/b")]
    [InlineData("remanso: The key is empty.\n", "get", "")]
    [InlineData("remanso: The key is empty.\n", "set", "", "v")]
    [InlineData("remanso: The key is empty.\n", "invalidate", "")]
    [InlineData("one of the three", "invalidate")]
    [InlineData("one of the three", "invalidate", "k", "--all")]
    [InlineData("one of the two", "preload")]
    [InlineData("argument 'much' for option '--by' as a number. See increment --help.", "increment", "k", "--by", "much")]
    [InlineData("as a number. See watch --help.", "watch", "--count", "few")]
    [InlineData("as a number. See bench --help.", "bench", "--connections", "x")]
    [InlineData("as a number. See list --help.", "dead-letters", "list", "--max", "many")]
    [InlineData("as a number. See plan --help.", "plan", "--reads", "x")]
    [InlineData("--timeout must be a time", "wait", "k", "1", "--timeout", "long")]
    [InlineData("'new'", "wait", "k", "new")]
    [InlineData("VERSION ('0') must be", "wait", "k", "0")]
    [InlineData("--count must be at least 1", "watch", "--count", "0")]
    [InlineData("KEYs and --prefix can't both be given", "watch", "k", "--prefix", "p")]
    [InlineData("drop takes KEYs, --all", "dead-letters", "drop")]
    [InlineData("replay takes KEYs, --all", "dead-letters", "replay", "k", "--error", "e")]
    [InlineData("--older-than must be a time", "dead-letters", "list", "--older-than", "long")]
    [InlineData("remanso: --max must be 1 to 10000.", "dead-letters", "list", "--max", "0")]
    [InlineData("remanso: --max must be 1 to 10000.", "dead-letters", "list", "--max", "10001")]
    [InlineData("dead-letters --help", "dead-letters")]
    public async Task Wrong_usage_is_said_in_one_line_and_ends_with_2(string expected, params string[] arguments)
    {
        var (code, output, errors) = await RunAsync(arguments);

        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("remanso: ", errors, StringComparison.Ordinal);
        Assert.Contains(expected, errors, StringComparison.Ordinal);
        Assert.DoesNotContain("(Parameter", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Options", errors, StringComparison.Ordinal);
        Assert.Single(errors.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("--durability", "set")]
    [InlineData("--key-file", "get")]
    [InlineData("--json", "flush")]
    [InlineData("REMANSO_API_KEY", "delete")]
    [InlineData("--by", "increment")]
    [InlineData("--timeout", "wait")]
    [InlineData("list", "dead-letters")]
    [InlineData("--max", "dead-letters", "list")]
    [InlineData("KEY", "dead-letters", "show")]
    [InlineData("--if-version", "dead-letters", "correct")]
    [InlineData("--error", "dead-letters", "replay")]
    [InlineData("--count", "watch")]
    [InlineData("--all", "invalidate")]
    [InlineData("--file", "preload")]
    [InlineData("correct", "dead-letters")]
    [InlineData("--older-than", "dead-letters", "drop")]
    public async Task Help_names_every_option(string expected, params string[] command)
    {
        var (code, output, errors) = await RunAsync([.. command, "--help"]);

        Assert.Equal((0, ""), (code, errors));
        Assert.Contains(expected, output, StringComparison.Ordinal);
        Assert.Contains("--url", output, StringComparison.Ordinal);
    }

    private static Task<(int Code, string Output, string Errors)> RunAsync(string[] arguments) =>
        CommandRun.AsyncOf(new Uri("http://127.0.0.1:1"), [], arguments);
}
