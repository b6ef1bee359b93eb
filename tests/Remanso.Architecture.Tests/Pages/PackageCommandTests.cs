using System.Text.RegularExpressions;
using Xunit;

namespace Remanso.Architecture.Tests.Pages;

/// <summary>A reader has the .NET that a page asks for, and NuGet takes the newest version of a package, which may need a
/// newer one: those that come with .NET are added at its version.</summary>
public sealed partial class PackageCommandTests
{
    [Fact]
    public void Packages_that_come_with_dotnet_are_added_at_its_version() =>
        Offenders.MustBeNone(
            $"Add --version \"{Environment.Version.Major}.*\" to:",
            from page in Page.All
            from line in page.Lines
            where AddPattern.IsMatch(line) && !line.EndsWith($" --version \"{Environment.Version.Major}.*\"", StringComparison.Ordinal)
            select $"{page.Path}: {line}"
        );

    [GeneratedRegex("dotnet add [^&;|]*package (Microsoft|System)\\.")]
    private static partial Regex AddPattern { get; }
}
