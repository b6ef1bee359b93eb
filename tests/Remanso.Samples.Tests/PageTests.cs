using Remanso.Conformance.Support;

namespace Remanso.Samples.Tests;

/// <summary>What holds for the page of every sample.</summary>
public sealed class PageTests
{
    private const int LongestPage = 120;
    private const int LongestLine = 120;

    private static readonly string _folder = Path.Combine(Repository.Root, "samples");

    public static TheoryData<string> Samples { get; } =
    [.. Directory.GetFiles(_folder, "*.csproj", SearchOption.AllDirectories).Select(static path => Path.GetFileNameWithoutExtension(path))];

    [Theory]
    [MemberData(nameof(Samples))]
    public void It_is_there_short_and_on_the_list(string sample)
    {
        var lines = File.ReadAllLines(Path.Combine(_folder, sample, "README.md"));

        Assert.InRange(lines.Length, 1, LongestPage);
        Assert.All(lines, static line => Assert.InRange(line.Length, 0, LongestLine));
        Assert.Contains($"({sample}/README.md)", File.ReadAllText(Path.Combine(_folder, "README.md")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PageViews", "--burst")]
    [InlineData("Telemetry", "--fleet")]
    [InlineData("Preferences", "It prints")]
    [InlineData("HybridCacheDropIn", "--redis")]
    [InlineData("Stampede", "It prints")]
    public void Its_picture_shows_the_output_of_the_page(string sample, string text) => SampleReadme.HasPicture(sample, text);
}
