using System.Globalization;
using Remanso.Scale.Costs;
using Remanso.Scale.Model;

namespace Remanso.Scale.Report;

/// <summary>Writes the page of results and the plots of the documentation.</summary>
internal sealed class ScaleReport(CostFile file, string results, string images)
{
    private readonly PageText _page = new();
    private readonly MeasuredCosts _costs = MeasuredCosts.From(file, Validation.Keys);
    private readonly MeasuredCosts _costsOfMany = MeasuredCosts.From(file, file.SizesOf("postgres")[^1]);

    public async Task WriteAsync()
    {
        // The head is the script's: it knows the machine.
        var tables = new CostTables(file);
        tables.WriteTo(_page);
        await DrawAsync("scale-memory", tables.MemoryPlot());
        await DrawAsync("scale-redis", tables.RedisPlot());
        WriteCosts();
        await WriteValidationAsync();
        await new KneeTables(new Sweeps(_costsOfMany), _page, DrawAsync).WriteAsync();
        await File.WriteAllTextAsync(Path.Combine(results, "scale.md"), _page.ToString());
    }

    private void WriteCosts()
    {
        _page.Heading("What the simulation is fed with");
        _page.Paragraph(
            $"""
            The first five are fitted to {string.Join(", ", MeasuredCosts.FittedCallers)} callers, the others medians, in µs.
            The first column foretells what was measured here, the second larger deployments.
            """
        );
        _page.Table("", "100,000 keys", $"{file.SizesOf("postgres")[^1]:#,0} keys");
        foreach (
            var (name, cost) in new (string, Func<MeasuredCosts, double>)[]
            {
                ("Redis, a look at a connection that has something", static costs => costs.RedisRead),
                ("Redis, a call of writes", static costs => costs.RedisCall),
                ("Redis, a write in it", static costs => costs.RedisWrite),
                ("process, a call of writes", static costs => costs.ProcessCall),
                ("process, a write in it", static costs => costs.ProcessWrite),
                ("Redis, the marker of a key that has none", static costs => costs.RedisMarker),
                ("Redis, a read, with its share of a look", static costs => costs.RedisGet),
                ("process, a read", static costs => costs.ProcessGet),
                ("Redis, a flushed row", static costs => costs.RedisRow),
                ("process, a flushed row", static costs => costs.ProcessRow),
                ("process, a saved row", static costs => costs.ProcessSave),
                ("PostgreSQL, a saved row", static costs => costs.DatabaseRow),
                ("a batch of 1,000, beside processors", static costs => costs.Commit),
                ("server, a GET over HTTP", static costs => costs.HttpGet),
                ("server, a POST /set over HTTP", static costs => costs.HttpSet),
                ("load program, a GET", static costs => costs.LoadGet),
                ("load program, a POST /set", static costs => costs.LoadSet),
            }
        )
        {
            _page.Row(name, Micros(cost(_costs)), Micros(cost(_costsOfMany)));
        }
    }

    private static string Micros(double seconds) => (seconds * 1e6).ToString("0.00", CultureInfo.InvariantCulture);

    private async Task WriteValidationAsync()
    {
        var validation = new Validation(file, _costs, results);
        _page.Heading("Foretold and measured, on this machine");
        _page.Paragraph(
            $"""
            All programs on two processors. No figure of this table was used for a cost; for the flush PostgreSQL's part is
            that of the bare loop beside it. The pages are of other runs: where they have what this run has, it was slower
            there.
            """
        );
        _page.Table("", "foretold", "measured", "error", "from");
        foreach (var row in validation.Rows())
        {
            var format = row.Measured < 1000 ? "0.0" : "#,0";
            var isPage = row.From.EndsWith(".md", StringComparison.Ordinal);
            _page.Row(
                row.Name,
                row.Foretold.ToString(format, CultureInfo.InvariantCulture) + row.Unit,
                row.Measured.ToString(format, CultureInfo.InvariantCulture) + row.Unit,
                ((row.Foretold / row.Measured - 1) * 100).ToString("+0;-0;0", CultureInfo.InvariantCulture) + " %",
                isPage ? $"[{row.From}]({row.From})" : row.From
            );
        }

        int[] callers = [8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
        Line foretold = new("foretold", [.. callers.Select(count => ((double)count, validation.Absorbed(count).PerSecond))]);
        var fitted = Measured("measured, used for costs", MeasuredCosts.FittedCallers);
        var others = Measured("measured, not used", file.SizesOf("callers").Except(MeasuredCosts.FittedCallers));
        Line[] lines = [foretold, others, fitted];
        await DrawAsync(
            "scale-callers",
            new Plot(
                "Writes that one process and one Redis absorb, by callers",
                "Foretold and measured writes per second on two shared processors, for 8 to 4,096 callers.",
                Axis.Logarithmic("callers, each with one write under way", callers.Select(static count => (double)count), power: 4),
                Axis.Linear("writes per second", lines.SelectMany(static line => line.Points).Select(static point => point.Y)),
                lines
            )
        );

        Line Measured(string name, IEnumerable<int> some) =>
            new(name, [.. some.Select(count => ((double)count, file.Get("callers", count, "write", "rate").Median))], LineKind.Points);
    }

    private async Task DrawAsync(string name, Plot plot) => await File.WriteAllTextAsync(Path.Combine(images, name + ".svg"), plot.Draw());
}
