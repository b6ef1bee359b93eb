using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Remanso.Conformance.Support;
using Remanso.Tests.Support;
using Xunit;

namespace Remanso.Tests.Telemetry.Metrics;

/// <summary>The manual's table of metrics, the instruments of a process and the tests that move them are the same.</summary>
[Collection(ManualClockTests.Name)]
public sealed partial class DocumentedMetricTests
{
    private const string Manual = "docs/reference/metrics.md";

    [Fact]
    public async Task Every_metric_of_the_manual_is_an_instrument_of_its_kind_and_every_instrument_is_in_the_manual()
    {
        await using var run = new MetricRun();
        await run.StartAsync(journal: new ScriptedJournal());

        Assert.Equal(
            run.Instruments.Values.Select(static one => $"{one.Name}: {KindOf(one)}").Order(StringComparer.Ordinal),
            Table().Select(static row => $"{row.Metric}: {row.Kind}").Order(StringComparer.Ordinal)
        );
    }

    [Fact]
    public void Every_metric_of_the_manual_is_moved_by_a_test_with_each_value_of_its_tags()
    {
        var moved = MetricTests.Cases.Where(static one => one is not { By: 0, Times: 0 }).ToArray();

        Assert.All(Table(), row =>
        {
            Assert.Contains(moved, one => one.Metric == row.Metric);
            Assert.All(row.Tags, tag => Assert.Contains(moved, one => one.Metric == row.Metric && one.Tags.Split(' ').Contains(tag)));
        });
        Assert.All(MetricTests.Cases.Where(static one => one.Tags.Length > 0), one =>
            Assert.All(one.Tags.Split(' '), tag => Assert.Contains(tag, Table().Single(row => row.Metric == one.Metric).Tags))
        );
    }

    private static string KindOf(Instrument instrument) =>
        KindPattern.Match(instrument.GetType().Name).Value.ToLowerInvariant()
        + (
            instrument.Unit switch
            {
                "s" => ", s",
                "By" => ", bytes",
                _ => string.Empty,
            }
        );

    /// <summary>The rows of the table; of the units only those that the names of exported series end with.</summary>
    private static (string Metric, string Kind, string[] Tags)[] Table()
    {
        var rows = (
            from match in RowPattern.Matches(ReadManual())
            let unit = match.Groups["unit"].Value is "s" or "bytes" ? $", {match.Groups["unit"].Value}" : string.Empty
            select (match.Groups["metric"].Value, match.Groups["kind"].Value + unit, TagsOf(match.Groups["tags"].Value).ToArray())
        ).ToArray();
        Assert.NotEmpty(rows);
        return rows;
    }

    private static string ReadManual()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, Manual)))
        {
            folder = folder.Parent ?? throw new InvalidOperationException("The tests do not lie in the repository.");
        }

        return File.ReadAllText(Path.Combine(folder.FullName, Manual));
    }

    private static IEnumerable<string> TagsOf(string cell) =>
        from tag in TagPattern.Matches(cell)
        from value in tag.Groups["values"].Value.Split(',', StringSplitOptions.TrimEntries)
        select $"{tag.Groups["tag"].Value}={value}";

    [GeneratedRegex(
        @"^\| `(?<metric>remanso\.[a-z_.]+)` \| (?<kind>\w+), (?<unit>\w+) \| (?<tags>[^|]*)\|",
        RegexOptions.ExplicitCapture | RegexOptions.Multiline
    )]
    private static partial Regex RowPattern { get; }

    [GeneratedRegex("`(?<tag>\\w+)`: (?<values>[\\w, ]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex TagPattern { get; }

    [GeneratedRegex("Counter|Gauge|Histogram", RegexOptions.ExplicitCapture)]
    private static partial Regex KindPattern { get; }
}
