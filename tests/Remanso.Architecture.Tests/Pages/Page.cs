namespace Remanso.Architecture.Tests.Pages;

/// <summary>A Markdown page of the repository: its lines, and which of them stand in a listing.</summary>
internal sealed class Page
{
    public Page(string path)
    {
        Path = path;
        Lines = File.ReadAllLines(System.IO.Path.Combine(House.Root, path));
        var listed = new bool[Lines.Count];
        string? fence = null;
        for (var i = 0; i < listed.Length; i++)
        {
            var line = Lines[i].TrimStart();
            var opens = line.StartsWith("```", StringComparison.Ordinal);
            listed[i] = fence is not null || opens;
            if (fence is null)
            {
                fence = opens ? "```" : null;
            }
            else if (line.TrimEnd() == fence)
            {
                fence = null;
            }
        }

        IsListing = listed;
    }

    /// <summary>Every page that people read, relative to the root of the solution.</summary>
    public static IReadOnlyList<Page> All { get; } =
    [
        .. Directory
            .EnumerateFiles(House.Root, "*.md")
            .Select(static path => System.IO.Path.GetFileName(path))
            .Concat(House.Files("md", "docs", "src", "samples", "tests", "bench", "spec", "deploy", "eng", ".github"))
            .Where(static path => !path.StartsWith("docs/_site/", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(static path => new Page(path)),
    ];

    public string Path { get; }

    public IReadOnlyList<string> Lines { get; }

    /// <summary>Of each line, whether it stands between fences, or is one.</summary>
    public IReadOnlyList<bool> IsListing { get; }

    /// <summary>The lines outside of listings, with their numbers from 1.</summary>
    public IEnumerable<(int Number, string Text)> Prose =>
        from i in Enumerable.Range(0, Lines.Count)
        where !IsListing[i]
        select (i + 1, Lines[i]);
}
