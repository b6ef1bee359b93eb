namespace Remanso.Samples.Tests;

public sealed class StampedeTests
{
    private const string Name = "Stampede";

    [Fact]
    public async Task Ten_callers_make_one_query()
    {
        var result = await Sample.RunAsync(Name);

        Assert.Equal((0, string.Empty), (result.ExitCode, result.Errors));
        SampleReadme.Shows(Name, "It prints", result.Lines);
        Assert.Single(result.Lines, static line => line.StartsWith("Querying", StringComparison.Ordinal));
        Assert.EndsWith("In all: 1 query to the database.", result.Lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Numbers_need_no_context_where_reflection_is_switched_off()
    {
        var result = await Sample.RunWithoutReflectionAsync(Name);

        Assert.Equal((0, string.Empty), (result.ExitCode, result.Errors));
        Assert.EndsWith("In all: 1 query to the database.", result.Lines[^1], StringComparison.Ordinal);
    }
}
