using Remanso.Server.Commands.Plan.Simulation;
using Spectre.Console;

namespace Remanso.Server.Commands.Plan.Report;

/// <summary>A table of replays, one a row; the first column says what is changed, and a star marks the base.</summary>
internal sealed class PlanTable
{
    private const int FirstWidth = 12;
    private const int Width = 11;

    private readonly string[] _headers;
    private readonly List<(bool IsBase, string[] Values)> _rows = [];

    private PlanTable(params string[] headers) => _headers = headers;

    /// <summary>The tables of a plan: what reads change, and what writes do, where there are any.</summary>
    public static IEnumerable<PlanTable> Of(PlanResult plan)
    {
        if (plan.Trace.Reads > 0)
        {
            yield return Reads("SIZE", plan, plan.Sizes, static run => Figures.Bytes(run.Options.Tier.MaxBytes));
            yield return Reads("TTL", plan, plan.Ttls, static run => Figures.Setting(run.Options.Ttl.Base));
        }

        if (plan.RowsWithout > 0)
        {
            yield return Writes("FLUSH EVERY", plan, plan.Intervals, static run => Figures.Setting(run.Options.Flush.Interval));
            yield return Writes("WORKERS", plan, [plan.Base, plan.TwoWorkers], static run => Figures.Number(run.Workers));
        }
    }

    /// <summary>Writes it: as plain lines, or on a screen.</summary>
    public void Write(Terminal terminal)
    {
        if (terminal.Screen is { } screen)
        {
            Write(screen);
            return;
        }

        terminal.Output.WriteLine(' ' + Line(_headers));
        foreach (var (isBase, values) in _rows)
        {
            terminal.Output.WriteLine((isBase ? '*' : ' ') + Line(values));
        }

        terminal.Output.WriteLine();
    }

    private static string Line(string[] cells) =>
        cells[0].PadRight(FirstWidth) + string.Concat(cells.Skip(1).Select(static cell => cell.PadLeft(Width)));

    private void Write(IAnsiConsole screen)
    {
        var table = new Table { Border = TableBorder.None };
        table.AddColumn(
            new TableColumn(new Text(" " + _headers[0], new Style(decoration: Decoration.Dim)))
            {
                Width = FirstWidth,
                NoWrap = true,
                Padding = new Padding(0),
            }
        );
        foreach (var header in _headers.Skip(1))
        {
            table.AddColumn(
                new TableColumn(new Text(header, new Style(decoration: Decoration.Dim)).RightJustified())
                {
                    Width = Width,
                    NoWrap = true,
                    Padding = new Padding(0),
                }
            );
        }

        foreach (var (isBase, values) in _rows)
        {
            var style = isBase ? new Style(decoration: Decoration.Bold) : Style.Plain;
            table.AddRow([
                new Text((isBase ? "*" : " ") + values[0], style),
                .. values.Skip(1).Select(value => new Text(value, style).RightJustified()),
            ]);
        }

        screen.Write(table);
        screen.WriteLine();
    }

    private static PlanTable Reads(string header, PlanResult plan, RunResult[] runs, Func<RunResult, string> name)
    {
        var table = new PlanTable(header, "HIT RATIO", "WARM", "QUERIES", "SAVED", "DB TIME");
        foreach (var run in runs)
        {
            table._rows.Add(
                (
                    run == plan.Base,
                    [
                        name(run),
                        Figures.Part(run.HitRatio),
                        Figures.Part(run.WarmHitRatio),
                        Figures.Number(run.Counts.Queries),
                        Figures.Saved(run.Counts.Queries, plan.Trace.Reads),
                        Figures.Span(TimeSpan.FromMicroseconds(run.Counts.QueryMicros)),
                    ]
                )
            );
        }

        return table;
    }

    private static PlanTable Writes(string header, PlanResult plan, RunResult[] runs, Func<RunResult, string> name)
    {
        var table = new PlanTable(header, "ROWS", "SAVED", "PEAK DIRTY", "LAG 99 %", "LONGEST", "AT RISK");
        foreach (var run in runs)
        {
            var lag = run.Counts.Lag;
            table._rows.Add(
                (
                    run == plan.Base,
                    [
                        name(run),
                        Figures.Number(run.Counts.Rows),
                        Figures.Saved(run.Counts.Rows, plan.RowsWithout),
                        Figures.Bytes(run.Counts.PeakDirtyBytes),
                        lag.Count == 0 ? "-" : Figures.Span(lag.At(0.99)),
                        lag.Count == 0 ? "-" : Figures.Span(lag.Longest),
                        Figures.Number(run.PeakUnsavedWrites),
                    ]
                )
            );
        }

        return table;
    }
}
