using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Remanso.Packages.Tests;

/// <summary>The scripts that make a release.</summary>
public sealed partial class ReleaseTests
{
    [Fact]
    public async Task The_bill_of_materials_names_every_package_with_the_version_and_the_hash_that_is_restored()
    {
        using var bill = JsonDocument.Parse(
            await CommandRun.RunAsync(PackedPackages.Root, Path.Combine(PackedPackages.Root, "eng/sbom.sh"), "1.2.3")
        );
        Assert.Equal("CycloneDX", bill.RootElement.GetProperty("bomFormat").GetString());
        Assert.Equal("1.2.3", bill.RootElement.GetProperty("metadata").GetProperty("component").GetProperty("version").GetString());
        var components = bill
            .RootElement.GetProperty("components")
            .EnumerateArray()
            .ToDictionary(static it => it.GetProperty("purl").GetString()!);

        Assert.All(components.Values, static it =>
            Assert.Matches("^[0-9a-f]{128}$", it.GetProperty("hashes")[0].GetProperty("content").GetString()!)
        );
        var central = await File.ReadAllTextAsync(
            Path.Combine(PackedPackages.Root, "Directory.Packages.props"),
            TestContext.Current.CancellationToken
        );
        var product = central[
            central.IndexOf("Label=\"Product\"", StringComparison.Ordinal)..central.IndexOf(
                "Label=\"Build and tests\"",
                StringComparison.Ordinal
            )
        ];
        Assert.All(VersionPattern.Matches(product).Where(static match => UsedBySources(match.Groups["name"].Value)), match =>
            Assert.Contains($"pkg:nuget/{match.Groups["name"].Value}@{match.Groups["version"].Value}", components.Keys)
        );
    }

    [Theory]
    [InlineData("the version is missing")]
    [InlineData("none of Semantic Versioning", "1.2")]
    [InlineData("none of Semantic Versioning", "v1.2.3")]
    [InlineData("'--force' is unknown", "1.2.3", "--force")]
    public async Task A_release_that_can_not_be_says_why(string why, params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(PackedPackages.Root, "eng/release.sh"), arguments)
        {
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start)!;
        var told = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(1, process.ExitCode);
        Assert.Contains(why, Assert.Single(told.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    private static bool UsedBySources(string name) =>
        Directory
            .GetFiles(Path.Combine(PackedPackages.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Any(path => File.ReadAllText(path).Contains($"Include=\"{name}\"", StringComparison.Ordinal));

    [GeneratedRegex("Include=\"(?<name>[^\"]+)\" Version=\"(?<version>[^\"]+)\"")]
    private static partial Regex VersionPattern { get; }
}
