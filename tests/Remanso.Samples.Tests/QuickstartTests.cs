namespace Remanso.Samples.Tests;

public sealed class QuickstartTests
{
    private const string Name = "Quickstart";

    [Fact]
    public async Task It_prints_what_the_page_shows()
    {
        var result = await Sample.RunAsync(Name);

        Assert.Equal((0, string.Empty), (result.ExitCode, result.Errors));
        var own = Assert.Single(result.Lines, static line => line.StartsWith("User", StringComparison.Ordinal));
        Assert.Equal(Assert.Single(SampleReadme.ListingAfter(Name, "It prints", "text")), own);
    }

    [Fact]
    public async Task Where_reflection_is_switched_off_its_start_is_refused_with_the_remedy()
    {
        var result = await Sample.RunWithoutReflectionAsync(Name);

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains(
            "The cache 'users' can't keep its values: User is nothing that JSON can keep",
            result.Errors,
            StringComparison.Ordinal
        );
        Assert.Contains("Or give the cache a ValueCodec of its own.", result.Errors, StringComparison.Ordinal);
    }
}
