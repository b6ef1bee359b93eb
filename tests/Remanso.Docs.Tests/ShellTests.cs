using System.Text.RegularExpressions;
using Remanso.Conformance.Servers;
using Remanso.Docs.Tests.Pages;
using Remanso.Docs.Tests.Shell;

namespace Remanso.Docs.Tests;

/// <summary>What the pages list for a terminal is pasted, page by page, and does not fail.</summary>
public sealed partial class ShellTests(RedisServer redis, PostgresServer postgres) : IClassFixture<RedisServer>
{
    public static TheoryData<string> Listed =>
        [.. Page.All.Where(static page => page.Listings.Any(PageRun.IsShell)).Select(static page => page.Path)];

    // The tests of the packages follow it word for word.
    public static TheoryData<string> Pasted =>
        [.. Listed.Select(static row => row.Data).Where(static page => page != "docs/tutorials/first-cache.md")];

    [Theory]
    [MemberData(nameof(Pasted))]
    public async Task Every_listing_is_pasted(string page)
    {
        // A page begins with a Redis of its own: its caches belong to the database of whoever came first.
        await RedisCli.RunAsync("-u", redis.AdminAddress, "FLUSHALL");
        await PageRun.RunAsync(Page.At(page), redis.AdminAddress, postgres.RoleUrl);
    }

    [Fact]
    public void No_argument_is_a_pattern_that_zsh_finds_no_file_for() =>
        Assert.Empty(
            from page in Page.All.Concat(Page.Samples)
            from listing in page.Listings.Where(PageRun.IsShell)
            from line in listing.Text.Split('\n')
            where PatternPattern.IsMatch(QuotedPattern.Replace(line, "''"))
            select $"{page.Path}: {line}"
        );

    // What zsh, the shell of macOS, takes for arguments at its prompt: readers of these pages have seen no other page yet.
    [Fact]
    public void A_remark_of_the_first_pages_has_a_line_of_its_own() =>
        Assert.Empty(
            from page in Page.All.Concat(Page.Samples)
            where FirstPagesPattern.IsMatch(page.Path)
            from listing in page.Listings.Where(PageRun.IsShell)
            from line in listing.Text.Split('\n')
            where RemarkPattern.IsMatch(QuotedPattern.Replace(line, "''"))
            select $"{page.Path}: {line}"
        );

    [Theory]
    [MemberData(nameof(Listed))]
    public async Task Every_listing_is_understood_by_a_shell(string page)
    {
        foreach (var listing in Page.At(page).Listings.Where(PageRun.IsShell))
        {
            Assert.Equal($"{listing.Line}: ", $"{listing.Line}: {await PageRun.CheckAsync(listing.Text)}");
        }
    }

    [GeneratedRegex(""" '[^']*' | "[^"]*" """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex QuotedPattern { get; }

    // But for files that are meant: *.gz.
    [GeneratedRegex(@"^[^#]*[^\s#]*([?\[]|\*(?!\.[a-z]))", RegexOptions.ExplicitCapture)]
    private static partial Regex PatternPattern { get; }

    [GeneratedRegex(@"^(README.*|docs/README|docs/tutorials/.*|samples/.*)\.md$", RegexOptions.ExplicitCapture)]
    private static partial Regex FirstPagesPattern { get; }

    [GeneratedRegex(@"\S.*\s#")]
    private static partial Regex RemarkPattern { get; }
}
