using System.Globalization;
using Remanso.Torture.Tests.Support;

namespace Remanso.Torture.Tests.Reporting;

/// <summary>Writes the figures of a full run as a row of a Markdown table, where <c>REMANSO_TORTURE_REPORT</c> names the file. The row of an earlier run is replaced.</summary>
internal static class TortureReport
{
    private static readonly string? _path = Environment.GetEnvironmentVariable("REMANSO_TORTURE_REPORT");

    public static async Task WriteAsync(string scenario, Figures figures)
    {
        if (!Scale.IsFull || string.IsNullOrEmpty(_path))
        {
            return;
        }

        var begin = $"| {scenario} |";
        var row = begin + string.Create(
            CultureInfo.InvariantCulture,
            $" {figures.Writes:N0} | {figures.Duration.TotalSeconds:N0} s | {figures.WritesPerSecond:N0} | {figures.Rows:N0} | {figures.Versions:N0} | {figures.Disturbances} | {figures.Lag.TotalSeconds:N1} s | {figures.Refusals:N0} | {figures.Unacknowledged:N0} | 0 |");
        var lines = File.Exists(_path) ? [.. await File.ReadAllLinesAsync(_path)] : Header();
        var at = lines.FindIndex(line => line.StartsWith(begin, StringComparison.Ordinal));
        if (at >= 0)
        {
            lines[at] = row;
        }
        else
        {
            lines.Insert(lines.FindLastIndex(static line => line.StartsWith('|')) + 1, row);
        }

        await File.WriteAllLinesAsync(_path, lines);
    }

    private static List<string> Header() =>
    [
        "# Torture",
        string.Empty,
        "One API process and two workers on Redis and PostgreSQL, written to at full speed while their parts are killed, stopped and restarted. Each row is one run of",
        "`REMANSO_TORTURE=full REMANSO_TORTURE_REPORT=$PWD/bench/results/torture.md dotnet test tests/Remanso.Torture.Tests -c Release`",
        $"({Environment.ProcessorCount} cores for everything: load, server processes, Redis and PostgreSQL).",
        string.Empty,
        "A row is written only if all of this held at the end: nothing dirty and nothing queued; every key in the database with the highest acknowledged",
        "version and that write's value (or a later write whose reply was lost: the column *unacknowledged*); no version ever fell.",
        string.Empty,
        "| scenario | writes | duration | writes/s | rows | versions stored | disturbances | longest lag | calls refused | unacknowledged | regressions |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
    ];
}
