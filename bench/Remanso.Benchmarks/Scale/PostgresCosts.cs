using System.Globalization;
using Npgsql;
using Remanso.Benchmarks.Workloads;

namespace Remanso.Benchmarks.Scale;

/// <summary>What PostgreSQL needs for a row of a batch of 1,000, in a table that has so many: its own processor time, and
/// that of the client.</summary>
internal static class PostgresCosts
{
    private const int Samples = 5;
    private const int BatchSize = 1_000;
    private const int MostRows = 50_000;

    private static readonly byte[] _value = new byte[64];

    public static async Task RunAsync(CostFigures figures, int rows, string postgres)
    {
        // What the compiler and the driver do at first is nobody's cost.
        await MeasureAsync(new CostFigures(""), 10 * BatchSize, postgres);
        await MeasureAsync(figures, rows, postgres);
        await figures.WriteAsync("postgres", rows);
    }

    private static async Task MeasureAsync(CostFigures figures, int rows, string postgres)
    {
        await using var loop = await BareUnnestLoop.CreateAsync(postgres);
        await using var connections = NpgsqlDataSource.Create(postgres);
        var names = new ManyKeys(rows);
        var length = Math.Min(rows / Samples, MostRows);
        await FillAsync(connections, names, rows - (Samples * length));
        for (var i = 0; i < Samples; i++)
        {
            await SaveAsync("saved row, fresh", names.ToFill(rows - (Samples * length) + (i * length), length), version: 1);
        }

        // All pages have a new version of a row then; a first update of each page costs the log a whole page.
        for (var i = 0; i < 2 * Samples; i++)
        {
            await SaveAsync("saved row, updated", names.Some(length), version: 2 + i);
        }

        await BareUnnestLoop.ExecuteAsync(postgres, "DROP TABLE bench_bare");

        async Task SaveAsync(string what, string[] keys, long version)
        {
            var server = await ProcessorTimeAsync(connections);
            var own = Environment.CpuUsage.TotalTime;
            var start = TimeProvider.System.GetTimestamp();
            await loop.SaveAsync(keys, _value, version, BatchSize);
            var elapsed = TimeProvider.System.GetElapsedTime(start);
            figures.Add(what, "process", "µs", (Environment.CpuUsage.TotalTime - own).TotalMicroseconds / keys.Length);
            figures.Add(what, "postgres", "µs", (await ProcessorTimeAsync(connections) - server).TotalMicroseconds / keys.Length);
            figures.Add(what, "rate", "/s", keys.Length / elapsed.TotalSeconds);
        }
    }

    private static async Task FillAsync(NpgsqlDataSource connections, ManyKeys names, int rows)
    {
        await using var connection = await connections.OpenConnectionAsync();
        await using var copy = await connection.BeginBinaryImportAsync(
            "COPY bench_bare (cache, key, version, updated_at, deleted, content_type, value) FROM STDIN (FORMAT BINARY)"
        );
        for (var at = 0; at < rows; at += BatchSize)
        {
            foreach (var key in names.ToFill(at, Math.Min(BatchSize, rows - at)))
            {
                await copy.StartRowAsync();
                await copy.WriteAsync("default");
                await copy.WriteAsync(key);
                await copy.WriteAsync(1L);
                await copy.WriteAsync(0L);
                await copy.WriteAsync(false);
                await copy.WriteAsync("application/octet-stream");
                await copy.WriteAsync(_value);
            }
        }

        await copy.CompleteAsync();
    }

    /// <summary>Of all processes of the server, which are on this machine.</summary>
    private static async Task<TimeSpan> ProcessorTimeAsync(NpgsqlDataSource connections)
    {
        var nanoseconds = 0d;
        await using var command = connections.CreateCommand("SELECT pid FROM pg_stat_activity");
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var statistics = $"/proc/{reader.GetInt32(0).ToString(CultureInfo.InvariantCulture)}/schedstat";
            if (File.Exists(statistics))
            {
                nanoseconds += double.Parse((await File.ReadAllTextAsync(statistics)).Split(' ')[0], CultureInfo.InvariantCulture);
            }
        }

        return TimeSpan.FromMicroseconds(nanoseconds / 1000);
    }
}
