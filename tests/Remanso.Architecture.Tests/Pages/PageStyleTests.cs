using Xunit;

namespace Remanso.Architecture.Tests.Pages;

/// <summary>Pages are made for people in a hurry: short lines, short pages, and tables that can be read at a glance.</summary>
public sealed class PageStyleTests
{
    private const int MostColumns = 120;
    private const int MostLines = 200;
    private const int MostWords = 12;
    private const int MostColumnsOfProse = 3;

    // Lists, not pages to read: they grow with each release and each decision.
    private static readonly string[] _mayBeLong = ["CHANGELOG.md", "docs/adr/README.md"];

    // Written by the programs that measure: tables of figures, as wide as these are.
    private static readonly string[] _reports = ["bench/results/", "spec/mutants/results.md"];

    [Fact]
    public void Every_page_keeps_to_its_measures() =>
        Offenders.MustBeNone(
            $"Lines have at most {MostColumns} characters, pages {MostLines} lines, cells {MostWords} words, tables "
                + $"{MostColumnsOfProse} columns of prose:",
            Page.All.SelectMany(OffencesOf)
        );

    [Fact]
    public void Words_are_counted_as_a_reader_sees_them() =>
        Assert.Equal(6, Table.WordsOf("see [the manual](../a b c.md), `x y z` - or ``a|b``"));

    private static IEnumerable<string> OffencesOf(Page page)
    {
        if (_reports.Any(report => page.Path.StartsWith(report, StringComparison.Ordinal)))
        {
            yield break;
        }

        // What stands in a listing is typed as it is: an address can't be broken.
        for (var i = 0; i < page.Lines.Count; i++)
        {
            var isAddress = page.IsListing[i] && page.Lines[i].Contains("://", StringComparison.Ordinal);
            if (page.Lines[i].Length > MostColumns && !isAddress)
            {
                yield return $"{page.Path}:{i + 1}: {page.Lines[i].Length} characters";
            }
        }

        if (page.Lines.Count > MostLines && !_mayBeLong.Contains(page.Path, StringComparer.Ordinal))
        {
            yield return $"{page.Path}: {page.Lines.Count} lines";
        }

        foreach (var table in Table.Of(page))
        {
            if (table.ColumnsOfProse > MostColumnsOfProse)
            {
                yield return $"{page.Path}:{table.Line}: {table.ColumnsOfProse} columns of prose";
            }

            foreach (var cell in table.Rows.SelectMany(static row => row).Where(static cell => Table.WordsOf(cell) > MostWords))
            {
                yield return $"{page.Path}:{table.Line}: a cell of {Table.WordsOf(cell)} words: {cell}";
            }
        }
    }
}
