using System.Globalization;
using Npgsql;
using Remanso.Conformance.Servers;
using Remanso.Torture.Tests.Deployments;

namespace Remanso.Torture.Tests.Soak;

/// <summary>Looks at everything that could grow, every now and then. What is down at that moment has a gap.</summary>
internal sealed class Sampler(Deployment deployment, ServerProcess embedded, Database embeddedDatabase, RedisProcess redis)
{
    private const string EmbeddedName = "embedded";
    private const double BytesPerMiB = 1 << 20;

    private readonly Dictionary<(Metric, string), Series> _series = [];
    private long _writes;
    private long _reads;
    private TimeSpan _last;

    /// <summary>What was measured.</summary>
    public IReadOnlyList<Series> Series => [.. _series.Values.OrderBy(static series => series.Source, StringComparer.Ordinal)];

    /// <summary>Of whom growth is judged: who is started again has another life, and is drawn only.</summary>
    public static bool IsJudged(string source) => source != "worker 1";

    /// <summary>Samples until cancelled.</summary>
    public async Task RunAsync(long began, TimeSpan every, IReadOnlyList<SoakLoad> loads, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            await LookAsync(TimeProvider.System.GetElapsedTime(began), loads);
            await Task.Delay(every, TimeProvider.System, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookAsync(TimeSpan at, IReadOnlyList<SoakLoad> loads)
    {
        LookAt(at, "api", deployment.Api);
        LookAt(at, "worker 1", deployment.Workers[0]);
        LookAt(at, "worker 2", deployment.Workers[1]);
        LookAt(at, EmbeddedName, embedded);
        await Task.WhenAll(
            TryAsync(() => LookAtRedisAsync(at)),
            TryAsync(() => LookAtDatabaseAsync(at, "on Redis", deployment.Database)),
            TryAsync(() => LookAtDatabaseAsync(at, EmbeddedName, embeddedDatabase)),
            TryAsync(() => LookAtDirtyAsync(at, "on Redis", deployment.Api)),
            TryAsync(() => LookAtDirtyAsync(at, EmbeddedName, embedded))
        );
        var (writes, reads) = (loads.Sum(static load => load.Writes), loads.Sum(static load => load.Reads));
        var seconds = (at - _last).TotalSeconds;
        if (_last > TimeSpan.Zero)
        {
            Add(at, Metric.Writes, "all", (writes - _writes) / seconds);
            Add(at, Metric.Reads, "all", (reads - _reads) / seconds);
        }

        (_writes, _reads, _last) = (writes, reads, at);
    }

    private void LookAt(TimeSpan at, string name, ServerProcess server)
    {
        if (server.IsRunning && Vitals.Of(server.Id) is { } vitals)
        {
            Add(at, Metric.Memory, name, vitals.Memory);
            Add(at, Metric.Handles, name, vitals.Handles);
            Add(at, Metric.Threads, name, vitals.Threads);
            if (vitals.Heap is { } heap)
            {
                Add(at, Metric.Heap, name, heap);
            }
        }
    }

    private async Task LookAtRedisAsync(TimeSpan at)
    {
        var memory = (await redis.CliAsync("info", "memory"))
            .Split('\n', StringSplitOptions.TrimEntries)
            .First(static line => line.StartsWith("used_memory:", StringComparison.Ordinal));
        var keys = await redis.CliAsync("dbsize");
        Add(at, Metric.RedisMemory, "Redis", long.Parse(memory["used_memory:".Length..], CultureInfo.InvariantCulture) / BytesPerMiB);
        Add(at, Metric.RedisKeys, "Redis", long.Parse(keys, CultureInfo.InvariantCulture));
    }

    private async Task LookAtDatabaseAsync(TimeSpan at, string name, Database database) =>
        Add(at, Metric.Rows, name, await database.CountRowsAsync());

    private async Task LookAtDirtyAsync(TimeSpan at, string name, ServerProcess server)
    {
        var statistics = await Statistics.ReadAsync(server.Client).WaitAsync(TimeSpan.FromSeconds(1), TimeProvider.System);
        Add(at, Metric.Dirty, name, statistics.DirtyEntries);
        Add(at, Metric.Lag, name, statistics.Lag.TotalSeconds);
    }

    private void Add(TimeSpan at, Metric metric, string source, double value)
    {
        lock (_series)
        {
            if (!_series.TryGetValue((metric, source), out var series))
            {
                _series.Add((metric, source), series = new Series(metric, source));
            }

            series.Add(at, value);
        }
    }

    private static async Task TryAsync(Func<Task> look)
    {
        try
        {
            await look();
        }
        catch (Exception exception)
            when (exception
                    is HttpRequestException
                        or OperationCanceledException
                        or TimeoutException
                        or NpgsqlException
                        or InvalidOperationException
                        or FormatException
            )
        {
            // Down at this moment, on purpose.
        }
    }
}
