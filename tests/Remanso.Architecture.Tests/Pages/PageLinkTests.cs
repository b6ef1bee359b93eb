using System.Text.RegularExpressions;
using Xunit;

namespace Remanso.Architecture.Tests.Pages;

/// <summary>A link between pages leads to a file that is there, and to a heading that is there.</summary>
public sealed partial class PageLinkTests
{
    private static readonly Dictionary<string, IReadOnlySet<string>> _anchors = Page.All.ToDictionary(
        static page => page.Path,
        static page => Anchors.Of(page),
        StringComparer.Ordinal
    );

    [Fact]
    public void Every_link_leads_to_a_file() =>
        Offenders.MustBeNone(
            "These links lead nowhere:",
            from link in Links()
            where !File.Exists(Path.Combine(House.Root, link.Target))
            select link.ToString()
        );

    [Fact]
    public void Every_anchor_of_a_link_is_a_heading() =>
        Offenders.MustBeNone(
            "These links lead to a heading that is not there:",
            from link in Links()
            where link.Anchor.Length > 0 && _anchors.TryGetValue(link.Target, out var anchors) && !anchors.Contains(link.Anchor)
            select link.ToString()
        );

    [Fact]
    public void Every_page_of_the_documentation_can_be_reached_from_its_front_page()
    {
        var reached = new HashSet<string>(StringComparer.Ordinal) { "docs/README.md" };
        var links = Links().ToLookup(static link => link.From.Path, static link => link.Target, StringComparer.Ordinal);
        var todo = new Queue<string>(reached);
        while (todo.TryDequeue(out var path))
        {
            foreach (var target in links[path].Where(reached.Add))
            {
                todo.Enqueue(target);
            }
        }

        Offenders.MustBeNone(
            "No way of links leads to these pages:",
            _anchors.Keys.Where(static path => path.StartsWith("docs/", StringComparison.Ordinal)).Except(reached)
        );
    }

    [Theory]
    [InlineData("What a write promises", "what-a-write-promises")]
    [InlineData("`GET`, `HEAD`", "get-head")]
    [InlineData("Entries: `/v1/caches/{cache}`", "entries-v1cachescache")]
    [InlineData("[Redis](redis.md) as the tier", "redis-as-the-tier")]
    [InlineData("Segurança & é_1", "segurança--é_1")]
    public void A_heading_becomes_the_anchor_that_GitHub_makes_of_it(string heading, string anchor) =>
        Assert.Equal(anchor, Anchors.SlugOf(heading));

    private static IEnumerable<Link> Links() =>
        from page in Page.All
        from line in page.Prose
        from match in LinkPattern.Matches(Code.Replace(line.Text, string.Empty))
        let path = match.Groups["path"].Value
        let target = path.Length == 0 ? page.Path : Path.Combine(Path.GetDirectoryName(page.Path)!, path)
        select new Link(
            page,
            line.Number,
            Path.GetRelativePath(House.Root, Path.GetFullPath(target, House.Root)).Replace('\\', '/'),
            match.Groups["anchor"].Value
        );

    [GeneratedRegex(@"\]\((?![a-z]+:)(?<path>[^)#\s]*)(#(?<anchor>[^)\s]+))?\)", RegexOptions.ExplicitCapture)]
    private static partial Regex LinkPattern { get; }

    // What stands in code is no link; the text of one may be code, and stays a pair of brackets.
    [GeneratedRegex("`[^`]+`")]
    private static partial Regex Code { get; }

    private sealed record Link(Page From, int Line, string Target, string Anchor)
    {
        public override string ToString() => $"{From.Path}:{Line}: {Target}{(Anchor.Length > 0 ? "#" + Anchor : string.Empty)}";
    }
}
