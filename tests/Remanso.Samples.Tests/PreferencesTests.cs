using Remanso.Conformance.Servers;

namespace Remanso.Samples.Tests;

public sealed class PreferencesTests(PostgresServer postgres)
{
    private const string Name = "Preferences";

    [Fact]
    public async Task A_thousand_requests_cost_a_few_queries_and_Entity_Framework_finds_every_change()
    {
        var result = await Sample.RunAsync(Name, postgres.ConnectionString);

        Assert.Equal((0, string.Empty), (result.ExitCode, result.Errors));
        SampleReadme.Shows(Name, "It prints", result.Lines);
        Assert.Equal([1_000, 1_000], SampleReadme.NumbersOf(result.Lines[0]));
        Assert.InRange(SampleReadme.NumbersOf(result.Lines[1])[1], 1, 100);
        Assert.InRange(SampleReadme.NumbersOf(result.Lines[2])[1], 100, 500);
        Assert.Equal([100, 100], SampleReadme.NumbersOf(result.Lines[3]));
    }

    [Theory]
    [InlineData(2, "Name a PostgreSQL database: ")]
    [InlineData(1, "No PostgreSQL database answers there: ", "Host=127.0.0.1;Port=1;Username=nobody")]
    public async Task Without_a_database_it_says_so_in_one_line(int code, string beginning, params string[] arguments)
    {
        var result = await Sample.RunAsync(Name, arguments);

        Assert.Equal(code, result.ExitCode);
        Assert.Empty(result.Lines);
        Assert.StartsWith(beginning, Assert.Single(result.Errors.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }
}
