using System.Globalization;
using System.Text;
using Remanso.Scale.Costs;
using Remanso.Scale.Model;

namespace Remanso.Scale.Report;

/// <summary>Writes the page of results and the plots of the documentation.</summary>
internal sealed class ScaleReport(CostFile file, string results, string images)
{
    private readonly StringBuilder _page = new();
    private readonly MeasuredCosts _costs = MeasuredCosts.From(file);

    public async Task WriteAsync()
    {
        // The head is the script's: it knows the machine.
        var tables = new CostTables(file);
        tables.WriteTo(_page);
        await DrawAsync("scale-memory", tables.MemoryPlot());
        await DrawAsync("scale-redis", tables.RedisPlot());
        WriteCosts();
        await WriteValidationAsync();
        await WriteSweepsAsync();
        await File.WriteAllTextAsync(Path.Combine(results, "scale.md"), _page.ToString());
    }

    private void WriteCosts()
    {
        Append($"\n## What the simulation is fed with\n\n");
        Append($"The first five are fitted to {string.Join(", ", MeasuredCosts.FittedCallers)} callers, the others medians.\n\n");
        Append($"| | µs |\n|---|---:|\n");
        foreach (
            var (name, seconds) in new[]
            {
                ("Redis, a look at a connection that has something", _costs.RedisRead),
                ("Redis, a call of writes", _costs.RedisCall),
                ("Redis, a write in it", _costs.RedisWrite),
                ("process, a call of writes", _costs.ProcessCall),
                ("process, a write in it", _costs.ProcessWrite),
                ("Redis, the marker of a key that has none", _costs.RedisMarker),
                ("Redis, a read", _costs.RedisGet),
                ("process, a read", _costs.ProcessGet),
                ("Redis, a flushed row", _costs.RedisRow),
                ("process, a flushed row", _costs.ProcessRow),
                ("process, a saved row", _costs.ProcessSave),
                ("PostgreSQL, a fresh row", _costs.DatabaseFresh),
                ("PostgreSQL, an updated row", _costs.DatabaseUpdated),
                ("a batch of 1,000, beside processors", _costs.Commit),
                ("server, a GET over HTTP", _costs.HttpGet),
                ("server, a POST /set over HTTP", _costs.HttpSet),
                ("load program, a GET", _costs.LoadGet),
                ("load program, a POST /set", _costs.LoadSet),
            }
        )
        {
            Append($"| {name} | {seconds * 1e6:0.00} |\n");
        }
    }

    private static string Error(double foretold, double measured) =>
        ((foretold / measured - 1) * 100).ToString("+0;-0;0", CultureInfo.InvariantCulture) + " %";

    private async Task WriteValidationAsync()
    {
        var validation = new Validation(file, _costs, results);
        Append($"\n## Foretold and measured, on this machine\n\n");
        Append($"All programs on its two processors, as they were when it was measured. No figure of this table was used for a cost.\n\n");
        Append($"| | foretold | measured | error | from |\n|---|---:|---:|---:|---|\n");
        foreach (var (name, unit, foretold, measured, from) in validation.Rows())
        {
            var format = measured < 1000 ? "0.0" : "0";
            var page = from.EndsWith(".md", StringComparison.Ordinal) ? $"[{from}]({from})" : from;
            Append($"| {name} | {foretold.ToString(format, CultureInfo.InvariantCulture)}{unit} ");
            Append($"| {measured.ToString(format, CultureInfo.InvariantCulture)}{unit} | {Error(foretold, measured)} | {page} |\n");
        }

        int[] callers = [8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096];
        Line foretoldLine = new("foretold", [.. callers.Select(count => ((double)count, validation.Absorbed(count)))]);
        var measuredFitted = Measured("measured, used for costs", MeasuredCosts.FittedCallers);
        var measuredOthers = Measured("measured, not used", file.SizesOf("callers").Except(MeasuredCosts.FittedCallers));
        Line[] lines = [foretoldLine, measuredOthers, measuredFitted];
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

    private async Task WriteSweepsAsync()
    {
        var sweeps = new Sweeps(_costs);
        var knees = sweeps.ByProcessesAndShards();
        Append($"\n## Writes over HTTP that are sustained\n\n");
        Append($"Each process has 2 cores, 100 µs to Redis and the database, and ten million keys: nearly every write is a row. ");
        Append($"A rate is sustained where its p99 is at most 25 ms and the store keeps up. 256 partitions; the database has 32 cores. ");
        Append($"Beside the rate: what was busiest, and how many writes went in a call.\n\n");
        Append(
            $"| processes | {string.Join(" | ", Sweeps.Shards.Select(static shards => shards == 1 ? "1 shard" : $"{shards} shards"))} |\n"
        );
        Append($"|---:|{string.Concat(Sweeps.Shards.Select(static _ => "---:|"))}\n");
        foreach (var processes in Sweeps.Processes)
        {
            Append($"| {processes} |{string.Concat(Sweeps.Shards.Select(shards => $" {Cell(knees[(processes, shards)])} |"))}\n");
        }

        Line[] lines =
        [
            .. Sweeps.Shards.Select(shards => new Line(
                shards == 1 ? "1 shard" : $"{shards} shards",
                [.. Sweeps.Processes.Select(processes => ((double)processes, knees[(processes, shards)].Rate))]
            )),
        ];
        await DrawAsync(
            "scale-writes",
            new Plot(
                "Writes that are sustained over HTTP, by processes and Redis shards",
                "Each line is a number of shards. It rises with the processes until the shards are busy, and is level from there on.",
                Axis.Logarithmic("processes of 2 cores", Sweeps.Processes.Select(static count => (double)count), power: 2),
                Axis.Logarithmic(
                    "writes per second",
                    lines.SelectMany(static line => line.Points).Select(static point => point.Y),
                    power: 2
                ),
                lines
            )
        );
        await WriteLatenciesAsync(sweeps, knees);
        WriteOthers(sweeps);
        await WriteDatabaseAsync(sweeps);
    }

    private async Task WriteLatenciesAsync(Sweeps sweeps, Dictionary<(int Processes, int Shards), (double Rate, Outcome Outcome)> knees)
    {
        Append($"\n## Latency on the way to the knee\n\n");
        Append($"8 processes; the last rate of each is 8 % past what is sustained.\n\n");
        Append($"| shards | writes/s | p50 | p99 | Redis | process | database |\n|---:|---:|---:|---:|---:|---:|---:|\n");
        var lines = new List<Line>();
        foreach (var shards in (int[])[1, 2, 4])
        {
            var points = sweeps.Latencies(shards, knees[(8, shards)].Rate);
            foreach (var (rate, outcome) in points)
            {
                Append($"| {shards} | {rate:#,0} | {outcome.P50 * 1000:0.00} ms | {outcome.P99 * 1000:0.00} ms ");
                foreach (var station in (string[])["Redis", "process", "database"])
                {
                    Append($"| {outcome.Utilisations[station] * 100:0} % ");
                }

                Append($"|\n");
            }

            var name = shards == 1 ? "1 shard" : $"{shards} shards";
            lines.Add(new Line($"{name}, p99", [.. points.Select(static point => (point.Rate, point.Outcome.P99 * 1000))]));
            lines.Add(
                new Line($"{name}, p50", [.. points.Select(static point => (point.Rate, point.Outcome.P50 * 1000))], LineKind.Dashed)
            );
        }

        await DrawAsync(
            "scale-latency",
            new Plot(
                "Latency of writes over HTTP, by load, for 8 processes",
                "Median and 99th percentile in milliseconds for 1, 2 and 4 shards. Both are low until the knee, and then rise steeply.",
                Axis.Linear("writes per second", lines.SelectMany(static line => line.Points).Select(static point => point.X)),
                Axis.Logarithmic("milliseconds", lines.SelectMany(static line => line.Points).Select(static point => point.Y)),
                lines
            )
        );
    }

    private void WriteOthers(Sweeps sweeps)
    {
        Append($"\n## Partitions\n\n");
        Append($"32 processes. The fullest shard is the limit, and few partitions are unevenly spread.\n\n");
        Append($"| partitions | 4 shards | fullest shard | 16 shards | fullest shard |\n|---:|---:|---:|---:|---:|\n");
        var byPartitions = sweeps.ByPartitions();
        foreach (var partitions in Sweeps.Partitions)
        {
            Append($"| {partitions} ");
            foreach (var shards in (int[])[4, 16])
            {
                Append($"| {Cell(byPartitions[(partitions, shards)])} | {SlotMap.FullestPart(partitions, shards) * 100:0} % ");
            }

            Append($"|\n");
        }

        Append($"\n## Nine reads to a write\n\n");
        Append($"All reads are hits of the tier; one that is a near hit needs no Redis.\n\n");
        Append($"| shards | 4 processes | 16 processes |\n|---:|---:|---:|\n");
        var reads = sweeps.WithReads();
        foreach (var shards in (int[])[1, 2, 4])
        {
            Append($"| {shards} | {Cell(reads[(shards, 4)])} | {Cell(reads[(shards, 16)])} |\n");
        }
    }

    private async Task WriteDatabaseAsync(Sweeps sweeps)
    {
        var found = sweeps.ByDatabase();
        Append($"\n## The database\n\n");
        Append($"16 processes, 8 shards. Of ten million keys nearly each write is a row; ten thousand coalesce.\n\n");
        Append($"| cores | 10,000,000 keys | rows/s | 10,000 keys | rows/s |\n|---:|---:|---:|---:|---:|\n");
        foreach (var cores in Sweeps.DatabaseCores)
        {
            Append($"| {cores} ");
            foreach (var keys in (int[])[10_000_000, 10_000])
            {
                Append($"| {Cell(found[(cores, keys)])} | {found[(cores, keys)].Outcome.RowsPerSecond:#,0} ");
            }

            Append($"|\n");
        }

        Line[] lines =
        [
            .. ((int[])[10_000, 10_000_000]).Select(keys => new Line(
                keys == 10_000 ? "10,000 keys" : "10,000,000 keys",
                [.. Sweeps.DatabaseCores.Select(cores => ((double)cores, found[(cores, keys)].Rate))]
            )),
        ];
        await DrawAsync(
            "scale-database",
            new Plot(
                "Writes that are sustained, by cores of the database",
                "16 processes and 8 shards. Where keys are written again before they are stored, few cores are enough.",
                Axis.Logarithmic("cores of PostgreSQL", Sweeps.DatabaseCores.Select(static cores => (double)cores), power: 2),
                Axis.Linear("writes per second", lines.SelectMany(static line => line.Points).Select(static point => point.Y)),
                lines
            )
        );
    }

    private static string Cell((double Rate, Outcome Outcome) found) =>
        string.Create(CultureInfo.InvariantCulture, $"{found.Rate / 1000:0} k ({found.Outcome.Limit}, {found.Outcome.WritesInCall:0.0})");

    private async Task DrawAsync(string name, Plot plot) => await File.WriteAllTextAsync(Path.Combine(images, name + ".svg"), plot.Draw());

    private void Append(FormattableString text) => _page.Append(text.ToString(CultureInfo.InvariantCulture));
}
