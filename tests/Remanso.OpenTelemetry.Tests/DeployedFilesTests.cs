using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Remanso.OpenTelemetry.Tests;

/// <summary>What the dashboard and the alerts ask for is what the meter publishes, and whoever is woken finds what to do.</summary>
public sealed partial class DeployedFilesTests
{
    private const string Dashboard = "deploy/grafana/remanso.json";
    private const string Alerts = "deploy/prometheus/remanso-alerts.yml";
    private const string Runbook = "docs/how-to/runbook.md";

    [Theory]
    [InlineData(Dashboard)]
    [InlineData(Alerts)]
    [InlineData(Runbook)]
    public async Task Every_metric_that_a_file_names_is_published(string file)
    {
        var published = await PublishedAsync();

        var named = MetricPattern.Matches(Read(file)).Select(static match => match.Value).Distinct(StringComparer.Ordinal).ToArray();

        // Prose names a histogram without the suffixes of its series.
        Assert.NotEmpty(named);
        Assert.DoesNotContain(named, name =>
            !published.Contains(name) && !published.Contains(name + "_total") && !published.Contains(name + "_count")
        );
    }

    [Fact]
    public void Every_alert_has_a_section_in_the_runbook_and_every_section_an_alert()
    {
        var alerts = Rules().Select(static rule => rule["alert"].ToString()).ToArray();
        var sections = SectionPattern.Matches(Read(Runbook)).Select(static match => match.Groups["name"].Value);

        Assert.NotEmpty(alerts);
        Assert.Equal(alerts.Order(StringComparer.Ordinal), sections.Order(StringComparer.Ordinal));
        Assert.All(Rules(), static rule =>
            Assert.Equal(
                $"{Runbook}#{rule["alert"].ToString().ToUpperInvariant()}",
                rule["annotations"]["runbook"].ToString(),
                ignoreCase: true
            )
        );
    }

    [Fact]
    public void Every_alert_says_how_urgent_it_is_and_what_has_happened() => Assert.All(Rules(), static rule =>
        {
            Assert.Contains(rule["labels"]["severity"].ToString(), new[] { "page", "ticket" });
            Assert.NotEmpty(rule["annotations"]["summary"].ToString());
            Assert.Equal(rule["expr"].ToString().Count(static c => c == '('), rule["expr"].ToString().Count(static c => c == ')'));
        });

    [Fact]
    public void Nobody_is_woken_for_what_waits_in_quiet_hours() =>
        Assert.Equal(
            ["RemansoLagHigh", "RemansoNoWorker"],
            from rule in Rules()
            where rule["expr"].ToString().Contains("remanso_dirty_", StringComparison.Ordinal)
            where
                rule["expr"]
                    .ToString()
                    .EndsWith(
                        "unless max by (namespace, job, cache) (max_over_time(remanso_flush_quiet[5m])) > 0",
                        StringComparison.Ordinal
                    )
            select rule["alert"].ToString()
        );

    [Fact]
    public void What_is_added_up_is_of_one_deployment_and_the_summary_says_of_which() => Assert.All(Rules(), static rule =>
        {
            Assert.All(ByPattern.Matches(rule["expr"].ToString()), static by =>
                Assert.StartsWith("namespace, job, ", by.Groups["labels"].Value, StringComparison.Ordinal)
            );
            Assert.Equal(AggregatePattern.Count(rule["expr"].ToString()), ByPattern.Count(rule["expr"].ToString()));
            Assert.StartsWith(
                "{{ $labels.namespace }} {{ $labels.job }}, ",
                rule["annotations"]["summary"].ToString(),
                StringComparison.Ordinal
            );
        });

    [Fact]
    public void Somebody_is_woken_where_no_process_is_left_to_tell_anything()
    {
        var rule = Assert.Single(Rules(), static rule => rule["expr"].ToString().Contains("absent_over_time(", StringComparison.Ordinal));
        Assert.Equal("page", rule["labels"]["severity"].ToString());
        Assert.Contains("up{", rule["expr"].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Every_panel_asks_for_the_chosen_deployment_alone()
    {
        var queries = JsonNode.Parse(Read(Dashboard))!["panels"]!
            .AsArray()
            .SelectMany(static panel => panel!["targets"]!.AsArray())
            .Select(static target => target!["expr"]!.GetValue<string>());

        Assert.All(queries, static query => Assert.Contains("namespace=~\"$namespace\",job=~\"$job\"", query, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_panel_says_how_to_read_it_and_asks_for_something()
    {
        var panels = JsonNode.Parse(Read(Dashboard))!["panels"]!.AsArray();

        Assert.NotEmpty(panels);
        Assert.All(panels, static panel =>
        {
            Assert.NotEmpty(panel!["description"]!.GetValue<string>());
            Assert.NotEmpty(panel["targets"]!.AsArray());
        });
        Assert.Distinct(panels.Select(static panel => panel!["id"]!.GetValue<int>()));
    }

    private static IReadOnlyList<YamlNode> Rules()
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(Read(Alerts)));
        return [.. ((YamlSequenceNode)stream.Documents[0].RootNode["groups"]).SelectMany(static group => (YamlSequenceNode)group["rules"])];
    }

    private static async Task<IReadOnlySet<string>> PublishedAsync()
    {
        var folder = Directory.CreateTempSubdirectory("remanso-names-");
        try
        {
            return await ExportedNames.OfARunningProcessAsync(folder.FullName, TestContext.Current.CancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string Read(string file)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder!.FullName, "Remanso.slnx")))
        {
            folder = folder.Parent;
        }

        return File.ReadAllText(Path.Combine(folder.FullName, file));
    }

    [GeneratedRegex(@"\bby \((?<labels>[^)]+)\)", RegexOptions.ExplicitCapture)]
    private static partial Regex ByPattern { get; }

    [GeneratedRegex(@"\b(sum|max|min|avg|count|group)\b", RegexOptions.ExplicitCapture)]
    private static partial Regex AggregatePattern { get; }

    [GeneratedRegex(@"\b(remanso|dotnet)_[a-z_]+")]
    private static partial Regex MetricPattern { get; }

    [GeneratedRegex(@"^## (?<name>\w+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex SectionPattern { get; }
}
