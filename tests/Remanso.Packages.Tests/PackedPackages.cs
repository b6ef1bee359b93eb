using System.IO.Compression;
using System.Xml.Linq;

namespace Remanso.Packages.Tests;

/// <summary>All packages, as <c>dotnet pack</c> makes them of what is built.</summary>
public sealed class PackedPackages : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("remanso-packages-");

    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Where the packages are.</summary>
    public string Feed => Path.Combine(_folder.FullName, "feed");

    public async ValueTask InitializeAsync()
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        foreach (var project in Directory.GetDirectories(Path.Combine(Root, "src")))
        {
            await CommandRun.RunAsync(
                Root,
                "dotnet",
                "pack",
                project,
                "-c",
                configuration,
                "--no-build",
                "--no-restore",
                "-o",
                Feed,
                "-v",
                "q",
                "-nologo"
            );
        }
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>The names of the packages.</summary>
    public IReadOnlyList<string> Names =>
        [.. Directory.GetFiles(Feed, "*.nupkg").Select(path => MetadataOf(path).Element("id")!.Value).Order(StringComparer.Ordinal)];

    /// <summary>The path of a package.</summary>
    public string PathOf(string name) => Directory.GetFiles(Feed, "*.nupkg").Single(path => MetadataOf(path).Element("id")!.Value == name);

    /// <summary>What a package says of itself, without the namespace of its XML.</summary>
    public static XElement MetadataOf(string path)
    {
        using var package = ZipFile.OpenRead(path);
        using var nuspec = package.Entries.Single(static entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
        var document = XDocument.Load(nuspec);
        foreach (var element in document.Descendants())
        {
            element.Name = element.Name.LocalName;
        }

        return document.Root!.Element("metadata")!;
    }

    /// <summary>A folder of a user's, whose restores find Remanso among these packages alone, and all else where this
    /// machine has it; nothing of it stays in the user's own folder of packages.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="knowsFeed">Whether it knows where these packages are.</param>
    public async Task<string> NewFolderAsync(string name, bool knowsFeed = true)
    {
        var feed = knowsFeed ? $"<add key=\"packed\" value=\"{Feed}\" />" : null;
        var folder = Directory.CreateDirectory(Path.Combine(_folder.FullName, name)).FullName;
        var cached = Environment.GetEnvironmentVariable("NUGET_PACKAGES")
            ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");
        await File.WriteAllTextAsync(
            Path.Combine(folder, "nuget.config"),
            $"""
            <configuration>
              <config><add key="globalPackagesFolder" value="{Path.Combine(_folder.FullName, "restored")}" /></config>
              <packageSources><clear />{feed}<add key="machine" value="{cached}" /></packageSources>
              <fallbackPackageFolders><add key="cached" value="{cached}" /></fallbackPackageFolders>
            </configuration>
            """
        );
        return folder;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Remanso.slnx")))
        {
            folder = folder.Parent;
        }

        return folder.FullName;
    }
}
