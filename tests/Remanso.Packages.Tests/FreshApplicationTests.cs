using System.Text.RegularExpressions;

namespace Remanso.Packages.Tests;

/// <summary>Applications that have nothing but the packages.</summary>
public sealed partial class FreshApplicationTests(PackedPackages packages)
{
    [Fact]
    public async Task The_listing_of_the_readme_is_a_program()
    {
        var folder = await CreateAsync(
            "console",
            "Microsoft.NET.Sdk",
            Listing("README.md", "Its whole `Program.cs`:"),
            "Remanso.Sqlite",
            "Microsoft.Extensions.Hosting"
        );

        Assert.Contains("User { Name = Alice, Level = 7 } version True", await RunAsync(folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Remanso")]
    [InlineData("Remanso.Sqlite")]
    public async Task The_listing_of_a_package_is_a_program(string name)
    {
        var folder = await CreateAsync(name, "Microsoft.NET.Sdk", Listing($"src/{name}/README.md", $"# {name}"), "Remanso.Sqlite");

        Assert.Contains("Alice", await RunAsync(folder), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_listing_for_tests_is_a_program()
    {
        var folder = await CreateAsync(
            "testing",
            "Microsoft.NET.Sdk",
            Listing("src/Remanso.Testing/README.md", "# Remanso.Testing"),
            "Remanso.Testing"
        );

        var told = await RunAsync(folder);
        Assert.Contains("100 readers, 1 query", told, StringComparison.Ordinal);
        Assert.Contains("100 writes, 1 batch", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_command_is_installed_and_tells_its_version()
    {
        var folder = await packages.NewFolderAsync("tool");
        await CommandRun.RunAsync(
            folder,
            "dotnet",
            "tool",
            "install",
            "Remanso.Tool",
            "--tool-path",
            "tools",
            "--version",
            VersionOf("Remanso.Tool")
        );

        var told = await CommandRun.RunAsync(folder, Path.Combine(folder, "tools", "remanso"), "--version");

        Assert.Contains(VersionOf("Remanso.Tool"), told, StringComparison.Ordinal);
    }

    private async Task<string> CreateAsync(string name, string sdk, string program, params string[] needed)
    {
        var folder = await packages.NewFolderAsync(name);
        var references = string.Concat(
            needed.Select(id =>
                $"<PackageReference Include=\"{id}\" "
                + $"Version=\"{(id.StartsWith("Remanso", StringComparison.Ordinal) ? VersionOf(id) : CentralVersionOf(id))}\" />"
            )
        );
        await File.WriteAllTextAsync(
            Path.Combine(folder, "app.csproj"),
            $"""
            <Project Sdk="{sdk}">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <Nullable>enable</Nullable>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
              <ItemGroup>{references}</ItemGroup>
            </Project>
            """,
            TestContext.Current.CancellationToken
        );
        await File.WriteAllTextAsync(Path.Combine(folder, "Program.cs"), program, TestContext.Current.CancellationToken);
        Directory.CreateDirectory(Path.Combine(folder, "data"));
        return folder;
    }

    private static Task<string> RunAsync(string folder) => CommandRun.RunAsync(folder, "dotnet", "run", "-c", "Release");

    private string VersionOf(string name) => PackedPackages.MetadataOf(packages.PathOf(name)).Element("version")!.Value;

    private static string CentralVersionOf(string name) =>
        Regex
            .Match(
                File.ReadAllText(Path.Combine(PackedPackages.Root, "Directory.Packages.props")),
                $"Include=\"{Regex.Escape(name)}\" Version=\"(?<version>[^\"]+)\""
            )
            .Groups["version"]
            .Value;

    // The first listing of C# behind a text of a document.
    private static string Listing(string document, string after)
    {
        var text = File.ReadAllText(Path.Combine(PackedPackages.Root, document));
        return ListingPattern.Match(text, text.IndexOf(after, StringComparison.Ordinal)).Groups["code"].Value;
    }

    [GeneratedRegex("```csharp\n(?<code>.*?)```", RegexOptions.Singleline)]
    private static partial Regex ListingPattern { get; }
}
