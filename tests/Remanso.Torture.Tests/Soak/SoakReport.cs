using System.Globalization;
using System.Net;
using System.Text;

namespace Remanso.Torture.Tests.Soak;

/// <summary>What a soak is told by: verdicts in words, a page with pictures, and the samples for whoever wants more.</summary>
internal sealed class SoakReport(
    SoakOptions options,
    IReadOnlyList<Series> series,
    IReadOnlyList<(TimeSpan At, string What)> faults,
    IReadOnlyList<string> truths
)
{
    private const string Style = """
        body { font: 15px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #1a1a1a }
        svg { width: 100%; height: auto; margin: .6rem 0 } svg text { font: 12px system-ui, sans-serif; fill: #444 }
        svg .number { font-size: 10px; fill: #888 } svg .title { font-weight: 600; font-size: 14px; fill: #1a1a1a } .grid { stroke: #e2e2e2 } .fault { stroke: #bbb; stroke-dasharray: 3 3 }
        .warm { fill: #f4f1e8 } .series { fill: none; stroke-width: 1.6; stroke-linejoin: round }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums } th, td { padding: .2rem .8rem .2rem 0; text-align: left; border-bottom: 1px solid #eee }
        td.number { text-align: right } .grew { color: #b00020; font-weight: 600 }
        """;

    /// <summary>Everything that is judged: what, of whom, and how it went.</summary>
    public IReadOnlyList<(Series Series, Trend Trend)> Verdicts { get; } =
    [
        .. from one in series
        where one.Metric.IsJudged && Sampler.IsJudged(one.Source)
        let trend = Trend.Of(one.Metric, one.From(options.WarmUp))
        where trend is not null
        select (one, trend),
    ];

    /// <summary>What grew, a line each.</summary>
    public IReadOnlyList<string> Growth =>
        [
            .. Verdicts
                .Where(static verdict => !verdict.Trend.IsFlat)
                .Select(static verdict =>
                    FormattableString.Invariant(
                        $"{verdict.Series.Metric.Name} of {verdict.Series.Source} grew by {verdict.Trend.Growth:0.#} {verdict.Series.Metric.Unit} from {verdict.Trend.Level:0.#}; {verdict.Trend.Allowed:0.#} is allowed"
                    )
                ),
        ];

    /// <summary>Writes page and samples, where a folder was named.</summary>
    public async Task WriteAsync()
    {
        if (options.Report is not { } folder)
        {
            return;
        }

        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "index.html"), Page());
        await File.WriteAllTextAsync(Path.Combine(folder, "samples.csv"), Samples());
    }

    private string Page()
    {
        var page = new StringBuilder();
        page.AppendLine(
            CultureInfo.InvariantCulture,
            $"<!DOCTYPE html><html lang='en'><meta charset='utf-8'><title>Soak</title><style>{Style}</style>"
        );
        page.AppendLine(CultureInfo.InvariantCulture, $"<h1>{options.Length:hh\\:mm\\:ss} under load and faults</h1>");
        page.AppendLine("<ul>");
        foreach (var truth in truths)
        {
            page.AppendLine(CultureInfo.InvariantCulture, $"<li>{WebUtility.HtmlEncode(truth)}</li>");
        }

        page.AppendLine("</ul><h2>Growth after the warm-up</h2>");
        page.AppendLine(
            CultureInfo.InvariantCulture,
            $"<p>Growth is the median of all slopes, from {options.WarmUp:hh\\:mm\\:ss} to the end. The shaded part is not judged.</p>"
        );
        page.AppendLine("<table><tr><th>what<th>of<th>level<th>growth<th>allowed<th></tr>");
        foreach (var (one, trend) in Verdicts)
        {
            page.AppendLine(
                CultureInfo.InvariantCulture,
                $"<tr><td>{one.Metric.Name}{(one.Metric.Unit.Length == 0 ? "" : ", " + one.Metric.Unit)}<td>{one.Source}<td class='number'>{trend.Level:#,0.#}<td class='number'>{trend.Growth:+#,0.#;-#,0.#;0}<td class='number'>{trend.Allowed:#,0.#}<td class='{(trend.IsFlat ? "flat" : "grew")}'>{(trend.IsFlat ? "flat" : "grew")}</tr>"
            );
        }

        page.AppendLine("</table><h2>Over time</h2><p>Dashed: something was done to the servers.</p>");
        foreach (var metric in Metric.All)
        {
            Series[] those = [.. series.Where(one => one.Metric == metric)];
            if (those.Length > 0)
            {
                page.AppendLine(new Chart(metric, those, options.Length, options.WarmUp, faults).Draw());
            }
        }

        page.AppendLine("<h2>What was done</h2><ol>");
        foreach (var (at, what) in faults)
        {
            page.AppendLine(CultureInfo.InvariantCulture, $"<li>{at:hh\\:mm\\:ss} {WebUtility.HtmlEncode(what)}</li>");
        }

        return page.AppendLine("</ol></html>").ToString();
    }

    private string Samples()
    {
        var csv = new StringBuilder("seconds,metric,unit,source,value\n");
        foreach (var one in series)
        {
            foreach (var (at, value) in one.Points)
            {
                csv.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"{at.TotalSeconds:0.0},{one.Metric.Name},{one.Metric.Unit},{one.Source},{value:0.###}"
                );
            }
        }

        return csv.ToString();
    }
}
