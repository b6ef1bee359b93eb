using System.Globalization;
using Remanso.Torture.Tests.Support;

namespace Remanso.Torture.Tests.Reporting;

/// <summary>Writes the figures of a full run as a row of a Markdown table, where <c>REMANSO_TORTURE_REPORT</c> names
/// the file. The row of an earlier run is replaced.</summary>
internal static class TortureReport
{
    private static readonly string? _path = Environment.GetEnvironmentVariable("REMANSO_TORTURE_REPORT");

    /// <summary>Writes a row.</summary>
    public static async Task WriteAsync(string scenario, Figures figures)
    {
        var row = string.Create(
            CultureInfo.InvariantCulture,
            $"| {scenario} | {figures.Writes:N0} | {figures.Duration.TotalSeconds:N0} s | {figures.WritesPerSecond:N0} | "
                + $"{figures.Rows:N0} | {figures.Versions:N0} | {figures.Disturbances} | {figures.Lag.TotalSeconds:N1} s | "
                + $"{figures.Refusals:N0} | {figures.Unacknowledged:N0} | 0 |"
        );
        await PutAsync($"| {scenario} |", row, static lines => lines.FindLastIndex(static line => line.StartsWith('|')) + 1);
    }

    /// <summary>Writes a line below the table, for what has no such figures.</summary>
    public static Task NoteAsync(string scenario, string text) =>
        PutAsync($"- {scenario}: ", $"- {scenario}: {text}", static lines => lines.Count);

    private static async Task PutAsync(string begin, string line, Func<List<string>, int> place)
    {
        if (!Scale.IsFull || string.IsNullOrEmpty(_path))
        {
            return;
        }

        var lines = File.Exists(_path) ? [.. await File.ReadAllLinesAsync(_path)] : Header();
        var at = lines.FindIndex(other => other.StartsWith(begin, StringComparison.Ordinal));
        if (at >= 0)
        {
            lines[at] = line;
        }
        else
        {
            lines.Insert(place(lines), line);
        }

        await File.WriteAllLinesAsync(_path, lines);
    }

    private static List<string> Header() =>
        [
            "# Torture",
            string.Empty,
            "One API process and two workers on Redis and PostgreSQL, written to at full speed while their parts are killed, "
                + "stopped and restarted. Each row is one run of",
            "`REMANSO_TORTURE=full REMANSO_TORTURE_REPORT=$PWD/bench/results/torture.md dotnet test "
                + "tests/Remanso.Torture.Tests -c Release`",
            $"({Environment.ProcessorCount} cores for everything: load, server processes, Redis and PostgreSQL).",
            string.Empty,
            "A row is written only if all of this held at the end: nothing dirty and nothing queued; every key in the "
                + "database with the highest acknowledged",
            "version and that write's value (or of a later write that was answered with 503 and made nevertheless: the "
                + "column *unacknowledged*); no version ever fell.",
            "After a loss of Redis's data this is asked of what was acknowledged since the loss. \"two workers, the same "
                + "keys\" is the library alone, with a memory tier",
            "for each worker: no deadlock, no regression, the highest version in every row.",
            string.Empty,
            "The longest lag is the load's as much as the disturbances': the load goes on while the flush is behind, so what "
                + "is dirty grows until the writers are done.",
            string.Empty,
            "| scenario | writes | duration | writes/s | rows | versions stored | disturbances | longest lag | calls refused "
                + "| unacknowledged | regressions |",
            "|---|---|---|---|---|---|---|---|---|---|---|",
            string.Empty,
        ];
}
