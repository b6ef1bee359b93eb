using System.Globalization;
using Remanso.Scale.Model;

namespace Remanso.Scale.Report;

/// <summary>What larger deployments sustain, as tables and plots.</summary>
internal sealed class KneeTables(Sweeps sweeps, PageText page, Func<string, Plot, Task> draw)
{
    private const int ProcessesOfLatency = 8;

    public async Task WriteAsync()
    {
        var knees = sweeps.ByProcessesAndMasters();
        await WriteKneesAsync(knees);
        WriteFalls(Sweeps.Falls(knees));
        await WriteLatenciesAsync(knees);
        WritePartitions();
        WriteReads();
        await WriteDatabaseAsync();
        WriteDoubts();
    }

    private async Task WriteKneesAsync(Dictionary<(int Processes, int Masters), Knee> knees)
    {
        page.Heading("Writes over HTTP that are sustained");
        page.Paragraph(
            $"""
            Each process has 2 cores, 100 µs to Redis and the database, and ten million keys: nearly every write is a row. 256
            partitions; the database has 32 cores. A rate is sustained where its p99 is at most 25 ms and what is dirty does not
            grow. Beside the rate: what was busiest, and how many writes went in a call.
            """
        );
        page.Table(["processes", .. Sweeps.Masters.Select(NameOf)]);
        page.Row([
            "partitions in the fullest",
            .. Sweeps.Masters.Select(static masters => Percent(SlotMap.FullestPart(Sweeps.Base.Partitions, masters))),
        ]);
        foreach (var processes in Sweeps.Processes)
        {
            page.Row([Text(processes), .. Sweeps.Masters.Select(masters => Cell(knees[(processes, masters)]))]);
        }

        Line[] lines =
        [
            .. Sweeps.Masters.Select(masters => new Line(
                NameOf(masters),
                [.. Sweeps.Processes.Select(processes => ((double)processes, knees[(processes, masters)].Rate))]
            )),
        ];
        await draw(
            "scale-writes",
            new Plot(
                "Writes that are sustained over HTTP, by processes and Redis masters",
                "Each line is a number of masters. It rises with the processes until the masters are busy, and is level from there on.",
                Axis.Logarithmic("processes of 2 cores", Sweeps.Processes.Select(static count => (double)count), power: 2),
                new Axis("writes per second", [10_000, 20_000, 50_000, 100_000, 200_000, 500_000], IsLogarithmic: true),
                lines
            )
        );
    }

    private void WriteFalls(IReadOnlyList<(string From, string To, Knee Before, Knee After)> falls)
    {
        if (falls.Count == 0)
        {
            return;
        }

        page.Paragraph(
            $"""
            What twice as many of one kind lowers by more than {Sweeps.Noise
                * 100:0} %. More processes: fewer writes meet in a call, and each
            has a connection, which Redis looks at for itself; with looks that cost the same for any number of connections
            that part is gone. More masters: fewer writes meet, and the four batches of a flush come back at once, so that
            more of its work stands before requests; with two batches it is gone.
            """
        );
        page.Table("processes × masters", "sustained", "writes in a call", "process busy");
        foreach (var (from, to, before, after) in falls)
        {
            page.Row(
                $"{from} to {to}",
                string.Create(CultureInfo.InvariantCulture, $"{before.Rate / 1000:0.0} k to {after.Rate / 1000:0.0} k"),
                string.Create(CultureInfo.InvariantCulture, $"{before.Outcome.WritesInCall:0.00} to {after.Outcome.WritesInCall:0.00}"),
                $"{Percent(before.Outcome.Utilisations["process"])} to {Percent(after.Outcome.Utilisations["process"])}"
            );
        }
    }

    private async Task WriteLatenciesAsync(Dictionary<(int Processes, int Masters), Knee> knees)
    {
        page.Heading("Latency on the way to the knee");
        page.Paragraph($"{ProcessesOfLatency} processes; the last rate of each is 8 % past what is sustained.");
        page.Table("masters", "writes/s", "p50", "p99", "Redis", "process", "database");
        var lines = new List<Line>();
        foreach (var masters in (int[])[1, 2, 4])
        {
            var points = sweeps.Latencies(ProcessesOfLatency, masters, knees[(ProcessesOfLatency, masters)].Rate);
            foreach (var (rate, outcome) in points)
            {
                page.Row([
                    Text(masters),
                    Text(rate),
                    Milliseconds(outcome.P50),
                    Milliseconds(outcome.P99),
                    .. ((string[])["Redis", "process", "database"]).Select(station => Percent(outcome.Utilisations[station])),
                ]);
            }

            lines.Add(new Line($"{NameOf(masters)}, p99", [.. points.Select(static point => (point.Rate, point.Outcome.P99 * 1000))]));
            lines.Add(
                new Line(
                    $"{NameOf(masters)}, p50",
                    [.. points.Select(static point => (point.Rate, point.Outcome.P50 * 1000))],
                    LineKind.Dashed
                )
            );
        }

        await draw(
            "scale-latency",
            new Plot(
                "Latency of writes over HTTP, by load, for 8 processes",
                "Median and 99th percentile in milliseconds for 1, 2 and 4 masters. The median is low until shortly before the knee.",
                Axis.Linear("writes per second", lines.SelectMany(static line => line.Points).Select(static point => point.X)),
                Axis.Logarithmic("milliseconds", lines.SelectMany(static line => line.Points).Select(static point => point.Y)),
                lines
            )
        );
    }

    private void WritePartitions()
    {
        page.Heading("Partitions");
        page.Paragraph($"32 processes, 16 masters. The fullest master is the limit, and few partitions are unevenly spread.");
        page.Table("partitions", "sustained", "in the fullest master");
        foreach (var (partitions, knee) in sweeps.ByPartitions().OrderBy(static found => found.Key))
        {
            page.Row(Text(partitions), Cell(knee), Percent(SlotMap.FullestPart(partitions, 16)));
        }
    }

    private void WriteReads()
    {
        page.Heading("Nine reads to a write");
        page.Paragraph($"8 processes. All reads are hits of the tier; one that is a near hit needs no Redis.");
        page.Table("masters", "sustained");
        foreach (var (masters, knee) in sweeps.WithReads().OrderBy(static found => found.Key))
        {
            page.Row(Text(masters), Cell(knee));
        }
    }

    private async Task WriteDatabaseAsync()
    {
        var found = sweeps.ByDatabase();
        page.Heading("The database");
        page.Paragraph($"16 processes, 8 masters. Of ten million keys nearly each write is a row; ten thousand coalesce.");
        page.Table(["cores", .. Sweeps.Keys.SelectMany(static keys => (string[])[$"{keys:#,0} keys", "rows/s"])]);
        foreach (var cores in Sweeps.DatabaseCores)
        {
            page.Row([
                Text(cores),
                .. Sweeps.Keys.SelectMany(keys => (string[])[Cell(found[(cores, keys)]), Text(found[(cores, keys)].Outcome.RowsPerSecond)]),
            ]);
        }

        Line[] lines =
        [
            .. Sweeps.Keys.Select(keys => new Line(
                $"{keys:#,0} keys",
                [.. Sweeps.DatabaseCores.Select(cores => ((double)cores, found[(cores, keys)].Rate))]
            )),
        ];
        await draw(
            "scale-database",
            new Plot(
                "Writes that are sustained, by cores of the database",
                "16 processes and 8 masters. Where keys are written again before they are stored, few cores are enough.",
                Axis.Logarithmic("cores of PostgreSQL", Sweeps.DatabaseCores.Select(static cores => (double)cores), power: 2),
                Axis.Linear("writes per second", lines.SelectMany(static line => line.Points).Select(static point => point.Y)),
                lines
            )
        );
    }

    private void WriteDoubts()
    {
        page.Heading("Where an assumption is wrong");
        page.Paragraph($"8 processes, 4 masters, one thing changed at a time.");
        page.Table("", "sustained", "p50", "p99");
        foreach (var (name, knee) in sweeps.WithDoubts())
        {
            page.Row(name, Cell(knee), Milliseconds(knee.Outcome.P50), Milliseconds(knee.Outcome.P99));
        }
    }

    private static string Cell(Knee knee) =>
        string.Create(CultureInfo.InvariantCulture, $"{knee.Rate / 1000:0} k ({knee.Outcome.Limit}, {knee.Outcome.WritesInCall:0.0})");

    private static string NameOf(int masters) => masters == 1 ? "1 master" : $"{masters} masters";

    private static string Text(double value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Percent(double part) => (part * 100).ToString("0", CultureInfo.InvariantCulture) + " %";

    private static string Milliseconds(double seconds) => (seconds * 1000).ToString("0.00", CultureInfo.InvariantCulture) + " ms";
}
