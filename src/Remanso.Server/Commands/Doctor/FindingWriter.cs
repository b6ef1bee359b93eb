using Spectre.Console;

namespace Remanso.Server.Commands.Doctor;

/// <summary>Tells findings: as a table on a terminal, as plain lines elsewhere, as one document to scripts.</summary>
internal static class FindingWriter
{
    /// <summary>Writes one JSON document.</summary>
    public static void WriteJson(TextWriter output, IReadOnlyList<Finding> findings) =>
        output.WriteLine(
            JsonLine.Of(json =>
            {
                json.WriteString(
                    "status"u8,
                    findings.Select(static finding => finding.Status).DefaultIfEmpty().Max().ToString().ToLowerInvariant()
                );
                json.WriteStartArray("checks"u8);
                foreach (var finding in findings)
                {
                    json.WriteStartObject();
                    json.WriteString("category"u8, finding.Category);
                    json.WriteString("name"u8, finding.Name);
                    json.WriteString("status"u8, finding.StatusName);
                    json.WriteString("message"u8, finding.Verdict.Message);
                    json.WriteString("fix"u8, finding.Verdict.Fix);
                    json.WriteString("link"u8, finding.Link);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            })
        );

    /// <summary>Writes what needs somebody, or all of it, and a line that sums it up.</summary>
    public static void WriteText(Terminal terminal, IReadOnlyList<Finding> findings, bool all)
    {
        Finding[] shown = [.. findings.Where(finding => all || finding.Status != FindingStatus.Ok)];
        if (terminal.Screen is { } screen)
        {
            WriteTable(screen, shown);
            screen.Write(new Text(Sum(findings) + '\n'));
            return;
        }

        foreach (var finding in shown)
        {
            terminal.Output.WriteLine($"{finding.StatusName.PadRight(8)} {finding.Category}: {finding.Name}: {finding.Verdict.Message}");
            if (finding.Status != FindingStatus.Ok)
            {
                terminal.Output.WriteLine(
                    finding.Verdict.Fix is { } fix ? $"         {fix}\n         {finding.Link}" : $"         {finding.Link}"
                );
            }
        }

        terminal.Output.WriteLine(Sum(findings));
    }

    private static void WriteTable(IAnsiConsole screen, Finding[] findings)
    {
        if (findings.Length == 0)
        {
            return;
        }

        var table = new Table { Border = TableBorder.None, ShowHeaders = false };
        table
            .AddColumn(new TableColumn(string.Empty) { NoWrap = true })
            .AddColumn(new TableColumn(string.Empty) { Width = 18 })
            .AddColumn(string.Empty);
        foreach (var finding in findings)
        {
            var style = StyleOf(finding.Status);
            var message = new Paragraph(finding.Verdict.Message);
            if (finding.Status != FindingStatus.Ok)
            {
                message
                    .Append("\n" + finding.Verdict.Fix, new Style(decoration: Decoration.Bold))
                    .Append(finding.Verdict.Fix is null ? finding.Link : "\n" + finding.Link, new Style(decoration: Decoration.Dim))
                    .Append("\n");
            }

            table.AddRow(new Text(finding.StatusName, style), new Text($"{finding.Category}\n{finding.Name}"), message);
        }

        screen.Write(table);
    }

    private static Style StyleOf(FindingStatus status) =>
        status switch
        {
            FindingStatus.Ok => new Style(Color.Green),
            FindingStatus.Warning => new Style(Color.Yellow),
            FindingStatus.Problem => new Style(Color.Red, decoration: Decoration.Bold),
            _ => new Style(Color.Blue),
        };

    private static string Sum(IReadOnlyList<Finding> findings)
    {
        var counts = findings.CountBy(static finding => finding.Status).ToDictionary();
        return $"{findings.Count} looked at: {Of(FindingStatus.Problem, "problem", "problems")}, "
            + $"{Of(FindingStatus.Unknown, "could not be checked", "could not be checked")}, "
            + $"{Of(FindingStatus.Warning, "warning", "warnings")}, {Of(FindingStatus.Ok, "fine", "fine")}.";

        string Of(FindingStatus status, string one, string many)
        {
            var count = counts.GetValueOrDefault(status);
            return count == 1 ? $"1 {one}" : $"{count} {many}";
        }
    }
}
