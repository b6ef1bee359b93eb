using Remanso.Server.Commands.Plan.Simulation;
using Spectre.Console;

namespace Remanso.Server.Commands.Plan.Report;

/// <summary>A plan for people: what there is, what it would become, how that changes with the settings, and what follows.</summary>
internal static class PlanText
{
    private const int Width = 80;

    private const string HowToRead =
        "Each table changes one thing of the line with the star. WARM is the second half of the calls; DB TIME is what the "
        + "queries take; LAG is from a write to its row; "
        + "AT RISK are the accepted writes that a tier which is lost at the worst moment takes with it.";

    public static void Write(Terminal terminal, PlanResult plan)
    {
        foreach (var line in Introduction(plan))
        {
            Wrap(terminal, line);
        }

        terminal.Output.WriteLine();
        foreach (var table in PlanTable.Of(plan))
        {
            table.Write(terminal);
        }

        Wrap(terminal, HowToRead);
        terminal.Output.WriteLine();
        foreach (var advice in Advice.Of(plan))
        {
            Wrap(terminal, advice);
        }
    }

    private static IEnumerable<string> Introduction(PlanResult plan)
    {
        var (trace, counts, options) = (plan.Trace, plan.Base.Counts, plan.Base.Options);
        yield return $"{Figures.Number(trace.Reads)} reads and {Figures.Number(plan.RowsWithout)} writes of "
            + $"{Keys(trace.Keys.Length)} in {Figures.Span(trace.Duration)}; "
            + $"all keys with their values take {Figures.Bytes(trace.Footprint)}.";
        if (trace.Unsorted > 0)
        {
            yield return $"{Figures.Number(trace.Unsorted)} calls were out of their order, and were sorted by time.";
        }

        if (plan.BadLines > 0)
        {
            yield return $"{Figures.Number(plan.BadLines)} lines can't be read, and were left out.";
        }

        yield return string.Empty;
        yield return $"Without a cache: {Figures.Number(trace.Reads)} queries, which take the database "
            + $"{Figures.Span(plan.QueryTimeWithout)}, and {Figures.Number(plan.RowsWithout)} rows.";
        yield return $"With {Figures.Bytes(options.Tier.MaxBytes)}, a TTL of {Figures.Setting(options.Ttl.Base)}, flushed "
            + $"every {Figures.Setting(options.Flush.Interval)}: "
            + $"{Figures.Number(counts.Queries)} queries, {Figures.Span(TimeSpan.FromMicroseconds(counts.QueryMicros))}, and "
            + $"{Figures.Number(counts.Rows)} rows in {Figures.Number(counts.Batches)} batches.";
        if (options.Near.Enabled && trace.Reads > 0)
        {
            yield return $"A near cache of {Figures.Bytes(options.Near.MaxBytes)} answers {NearPart(plan.Base)} of the reads "
                + $"without the tier; in each of two processes, {NearPart(plan.TwoWorkers)}.";
        }
    }

    private static string NearPart(RunResult run) => Figures.Part((double)run.Counts.NearReads / run.Counts.Reads);

    private static string Keys(int keys) => keys == 1 ? "1 key" : Figures.Number(keys) + " keys";

    private static void Wrap(Terminal terminal, string text)
    {
        if (terminal.Screen is { } screen)
        {
            screen.Write(new Text(text + '\n'));
            return;
        }

        var line = string.Empty;
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > Width)
            {
                terminal.Output.WriteLine(line);
                line = string.Empty;
            }

            line += line.Length == 0 ? word : ' ' + word;
        }

        terminal.Output.WriteLine(line);
    }
}
