using System.Text.RegularExpressions;
using Remanso.Conformance.Support;

namespace Remanso.Docs.Tests.Pages;

/// <summary>A page that people read, with what it lists.</summary>
internal sealed partial class Page
{
    private Page(string path)
    {
        Path = path;
        Text = File.ReadAllText(System.IO.Path.Combine(Repository.Root, path));
        Listings =
        [
            .. ListingPattern
                .Matches(Text)
                .Select(match => new Listing(
                    match.Groups["language"].Value,
                    Text.AsSpan(0, match.Groups["code"].Index).Count('\n') + 1,
                    match.Groups["code"].Value
                )),
        ];
    }

    /// <summary>All pages for users: the READMEs, those of the packages, and the documents, but for the records of decisions.</summary>
    public static IReadOnlyList<Page> All { get; } =
    [
        .. Directory
            .EnumerateFiles(Repository.Root, "README*.md")
            .Concat(Directory.EnumerateFiles(System.IO.Path.Combine(Repository.Root, "src"), "README.md", Depth(1)))
            .Concat(Directory.EnumerateFiles(System.IO.Path.Combine(Repository.Root, "docs"), "*.md", Depth(int.MaxValue)))
            .Select(static path => System.IO.Path.GetRelativePath(Repository.Root, path))
            .Where(static path => !path.StartsWith("docs/adr/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(static path => new Page(path)),
    ];

    /// <summary>The pages of the samples, which have tests of their own.</summary>
    public static IReadOnlyList<Page> Samples { get; } =
    [
        .. Directory
            .EnumerateFiles(System.IO.Path.Combine(Repository.Root, "samples"), "README.md", Depth(1))
            .Select(static path => System.IO.Path.GetRelativePath(Repository.Root, path))
            .Order(StringComparer.Ordinal)
            .Select(static path => new Page(path)),
    ];

    /// <summary>The path from the repository's root.</summary>
    public string Path { get; }

    public string Text { get; }

    public IReadOnlyList<Listing> Listings { get; }

    /// <summary>The page at a path from the repository's root.</summary>
    public static Page At(string path) => All.Single(page => page.Path == path);

    private static EnumerationOptions Depth(int depth) => new() { RecurseSubdirectories = true, MaxRecursionDepth = depth };

    // Also those of a list, which are further in.
    [GeneratedRegex(
        "^ *```(?<language>[a-z]+)\n(?<code>.*?)^ *```$",
        RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.ExplicitCapture
    )]
    private static partial Regex ListingPattern { get; }
}
