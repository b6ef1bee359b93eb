using System.IO.Compression;

namespace Remanso.Packages.Tests;

/// <summary>What somebody sees who looks a package up, and what an editor shows of it.</summary>
public sealed class PackageContentTests(PackedPackages packages)
{
    private const string Tool = "Remanso.Tool";

    [Fact]
    public void Every_library_is_a_package_and_so_is_the_command() =>
        Assert.Equal(
            Directory
                .GetDirectories(Path.Combine(PackedPackages.Root, "src"))
                .Select(Path.GetFileName)
                .Select(static name => name == "Remanso.Server" ? Tool : name)
                .Order(StringComparer.Ordinal),
            packages.Names
        );

    [Fact]
    public void Each_says_what_it_is() => Assert.All(packages.Names, name =>
        {
            var metadata = PackedPackages.MetadataOf(packages.PathOf(name));
            Assert.InRange(metadata.Element("description")!.Value.Length, 40, 300);
            Assert.Contains("write-behind", metadata.Element("tags")!.Value, StringComparison.Ordinal);
            Assert.Equal("MIT", metadata.Element("license")!.Value);
            Assert.Equal("icon.png", metadata.Element("icon")!.Value);
            Assert.Equal("README.md", metadata.Element("readme")!.Value);
            Assert.NotEmpty(metadata.Element("copyright")!.Value);
        });

    [Fact]
    public void All_have_one_version_and_ask_for_each_other_by_it()
    {
        var version = Assert.Single(
            packages.Names.Select(name => PackedPackages.MetadataOf(packages.PathOf(name)).Element("version")!.Value).Distinct()
        );

        Assert.All(packages.Names, name =>
        {
            var needed = PackedPackages
                .MetadataOf(packages.PathOf(name))
                .Descendants("dependency")
                .Where(static it => it.Attribute("id")!.Value.StartsWith("Remanso", StringComparison.Ordinal));
            Assert.All(needed, it => Assert.Equal(version, it.Attribute("version")!.Value));
        });
    }

    [Fact]
    public void Each_has_its_own_page_its_documentation_and_its_symbols() => Assert.All(packages.Names, name =>
        {
            using var package = ZipFile.OpenRead(packages.PathOf(name));
            var files = package.Entries.Select(static entry => entry.FullName).ToHashSet();
            Assert.Superset(new HashSet<string> { "README.md", "icon.png", "LICENSE" }, files);
            using (var page = new StreamReader(package.GetEntry("README.md")!.Open()))
            {
                var lines = page.ReadToEnd().Split('\n');
                Assert.Contains(lines, static line => line.StartsWith("```", StringComparison.Ordinal));
                Assert.True(Array.TrueForAll(lines, static line => line.Length <= 150), name);
            }

            using var symbols = ZipFile.OpenRead(Path.ChangeExtension(packages.PathOf(name), ".snupkg"));
            Assert.Contains(symbols.Entries, entry => entry.Name == $"{(name == Tool ? "Remanso.Server" : name)}.pdb");
            if (name != Tool)
            {
                Assert.Superset(new HashSet<string> { $"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml" }, files);
            }
        });

    [Fact]
    public void The_core_brings_nothing_but_abstractions_of_the_platform_and_the_telemetry_nothing_but_an_api()
    {
        Assert.All(DependenciesOf("Remanso"), static id => Assert.StartsWith("Microsoft.Extensions.", id));
        Assert.Equal(["OpenTelemetry.Api"], DependenciesOf("Remanso.OpenTelemetry"));
        Assert.All(DependenciesOf("Remanso.Client"), static id => Assert.StartsWith("Microsoft.Extensions.", id));
    }

    [Fact]
    public void The_command_runs_on_computers_and_carries_nothing_for_telephones()
    {
        using var package = ZipFile.OpenRead(packages.PathOf(Tool));

        Assert.Contains(package.Entries, static entry => entry.FullName.Contains("/runtimes/linux-x64/", StringComparison.Ordinal));
        Assert.DoesNotContain(package.Entries, static entry =>
            entry.FullName.Contains("ios", StringComparison.Ordinal) || entry.FullName.Contains("android", StringComparison.Ordinal)
        );
    }

    private string[] DependenciesOf(string name) =>
        [
            .. PackedPackages
                .MetadataOf(packages.PathOf(name))
                .Descendants("dependency")
                .Select(static it => it.Attribute("id")!.Value)
                .Order(StringComparer.Ordinal),
        ];
}
