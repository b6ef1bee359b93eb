using System.Text.RegularExpressions;
using Xunit;

namespace Remanso.Architecture.Tests;

/// <summary>Whoever alerts on the log does so by category and id: each event has its own, and the page that lists them is right.</summary>
public sealed partial class LogEventTests
{
    private const string Page = "docs/reference/log-events.md";

    // Who makes the logger names its category; all that is not here is of the core's.
    private static readonly (string Path, string Category)[] _categories =
    [
        ("src/Remanso.Redis/", "Remanso.Redis"),
        ("src/Remanso.Postgres/", "Remanso.Postgres"),
        ("src/Remanso.MySql/", "Remanso.MySql"),
        ("src/Remanso.Server/", "Remanso.Server"),
        ("src/Remanso.AspNetCore/Endpoints/", "Remanso.Http"),
        ("src/Remanso.AspNetCore/Security/Audit/", "Remanso.Audit"),
        ("src/Remanso.AspNetCore/Security/SecurityLog.cs", "Remanso.AspNetCore.Security.Keys.KeyRing"),
        ("src/", "Remanso"),
    ];

    [Fact]
    public void Each_event_of_a_category_has_an_id_of_its_own() =>
        Offenders.MustBeNone(
            "These ids stand for more than one event:",
            InCode()
                .GroupBy(static one => (one.Category, one.Id))
                .Where(static same => same.Count() > 1)
                .Select(static same => same.Key.ToString())
        );

    [Fact]
    public void The_page_lists_each_event_with_its_level()
    {
        var code = InCode().ToHashSet();
        var page = OnPage().ToArray();

        Offenders.MustBeNone($"Add these to {Page}:", code.Except(page).Select(static one => one.ToString()));
        Offenders.MustBeNone($"There are no such events in {Page}:", page.Except(code).Select(static one => one.ToString()));
    }

    private static IEnumerable<Event> InCode() =>
        from file in House.Sources("src")
        from match in MessagePattern.Matches(file.Text)
        let category = _categories.First(one => file.Path.StartsWith(one.Path, StringComparison.Ordinal)).Category
        select new Event(category, int.Parse(match.Groups["id"].ValueSpan, provider: null), match.Groups["level"].Value.ToLowerInvariant());

    private static IEnumerable<Event> OnPage()
    {
        var category = string.Empty;
        foreach (var line in File.ReadLines(Path.Combine(House.Root, Page)))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                category = line[3..];
            }
            else if (RowPattern.Match(line) is { Success: true } row)
            {
                yield return new Event(category, int.Parse(row.Groups["id"].ValueSpan, provider: null), row.Groups["level"].Value);
            }
        }
    }

    [GeneratedRegex(@"\[LoggerMessage\(\s*(?<id>\d+),\s*LogLevel\.(?<level>\w+)", RegexOptions.ExplicitCapture)]
    private static partial Regex MessagePattern { get; }

    [GeneratedRegex(@"^\| (?<id>\d+) \| (?<level>\w+) \|", RegexOptions.ExplicitCapture)]
    private static partial Regex RowPattern { get; }

    private sealed record Event(string Category, int Id, string Level);
}
