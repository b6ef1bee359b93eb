using Remanso.Conformance.Servers;
using Remanso.Conformance.Support;

namespace Remanso.Samples.Tests;

public sealed class HybridCacheDropInTests(RedisServer redis)
{
    private const string Name = "HybridCacheDropIn";

    [Fact]
    public async Task One_line_puts_another_cache_under_the_application()
    {
        var before = await Sample.RunAsync(Name, "--platform");
        var after = await Sample.RunAsync(Name);

        Assert.Equal((0, string.Empty), (after.ExitCode, after.Errors));
        Assert.Equal(before.Lines, after.Lines);
        Assert.Equal(SampleReadme.ListingAfter(Name, "without Redis", "text"), after.Lines);
    }

    [Fact]
    public async Task Two_servers_on_one_Redis_ask_once_and_hear_of_each_others_removals()
    {
        var result = await Sample.RunAsync(Name, "--redis", redis.Address);

        Assert.Equal((0, string.Empty), (result.ExitCode, result.Errors));
        Assert.Equal(SampleReadme.ListingAfter(Name, "--redis", "text"), result.Lines);
    }

    [Fact]
    public void The_line_that_the_page_changes_is_the_one_of_the_program()
    {
        var program = File.ReadAllText(Path.Combine(Repository.Root, "samples", Name, "Program.cs"));

        Assert.All(SampleReadme.ListingAfter(Name, "one line", "diff"), line =>
            Assert.Contains(line[1..].Trim(), program, StringComparison.Ordinal)
        );
    }
}
