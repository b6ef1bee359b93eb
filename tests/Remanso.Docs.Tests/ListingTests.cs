using Remanso.Conformance.Support;
using Remanso.Docs.Tests.Pages;

namespace Remanso.Docs.Tests;

/// <summary>What the pages list of C# is code that the tests compile and run.</summary>
public sealed class ListingTests
{
    // Tests of the packages make a folder of what these pages list, word for word, and run it.
    private static readonly string[] _followed =
    [
        "docs/tutorials/first-cache.md",
        "src/Remanso/README.md",
        "src/Remanso.Sqlite/README.md",
        "src/Remanso.Testing/README.md",
    ];

    public static TheoryData<string> Listed => [.. PagesThatList.Select(static page => page.Path)];

    private static IEnumerable<Page> PagesThatList =>
        Page.All.Where(static page => page.Listings.Any(static listing => listing.Language == "csharp"));

    private static readonly Lazy<IReadOnlyDictionary<string, string>> _programs = new(static () =>
        new[] { "tests", "samples" }
            .SelectMany(static folder =>
                Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.cs", SearchOption.AllDirectories)
            )
            .Where(static path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal))
            .ToDictionary(static path => path, static path => Code.Squeeze(File.ReadAllText(path)))
    );

    [Theory]
    [MemberData(nameof(Listed))]
    public void Every_listing_stands_in_a_program_that_runs(string page)
    {
        var missing = Page.At(page)
            .Listings.Where(static listing =>
                listing.Language == "csharp"
                && !_programs.Value.Values.Any(program =>
                    Code.ParagraphsOf(listing.Text.Replace("\n// …\n", "\n\n", StringComparison.Ordinal)).All(program.Contains)
                )
            )
            .Select(listing => $"{page}:{listing.Line}")
            .ToArray();

        Assert.True(missing.Length == 0 || _followed.Contains(page), "No test compiles and runs: " + string.Join(", ", missing));
    }

    [Fact]
    public void Pages_that_are_excused_are_there() =>
        Assert.All(_followed, static page => Assert.Contains(page, PagesThatList.Select(static it => it.Path)));
}
