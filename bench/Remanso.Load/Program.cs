using System.Net.Sockets;
using System.Text.Json;
using Remanso.Load;
using Remanso.Load.Driving;
using Remanso.Load.Reporting;

// Answers are handled on the threads that wait for the sockets: a hop to the pool for each would cost this program more
// than the rest of its work, on processors that it shares with the server. Read when the first socket is used.
Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

if (args is ["--help"] or ["-h"])
{
    Console.WriteLine(CommandLine.Help);
    return 0;
}

try
{
    var options = CommandLine.Parse(args);
    using var statistics = new StatisticsClient(options.Url, options.Cache, options.Key);
    return options.Burst is { } readers
        ? Print(options, await Burst.RunAsync(options, readers, statistics), answers: readers)
        : await DriveAsync(options, statistics);
}
catch (UsageException exception)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}
catch (Exception exception) when (exception is SocketException or HttpRequestException or InvalidDataException or TimeoutException)
{
    Console.Error.WriteLine(exception.Message);
    return 1;
}

static async Task<int> DriveAsync(LoadOptions options, StatisticsClient statistics)
{
    using var driver = new Driver(options);
    await driver.ConnectAsync();
    if (options.Preload)
    {
        await driver.PreloadAsync();
    }

    if (options.Warmup > TimeSpan.Zero)
    {
        await driver.RunAsync(options.Warmup);
    }

    // Clean before, so that what the warm-up left behind is not counted as this run's.
    var before = await statistics.ReadCleanAsync();
    using var stop = new CancellationTokenSource();
    var watching = options.Watch ? statistics.WatchOldestAgeAsync(stop.Token) : Task.FromResult<long?>(null);
    var measured = await driver.RunAsync(options.Duration);
    var ended = Clock.Now;
    await stop.CancelAsync();
    var oldestAgeMs = await watching;
    var after = await statistics.ReadCleanAsync();
    var report = LoadReport.Of(
        options,
        measured,
        before is null ? null : after?.Since(before.Value),
        after is null ? null : (Clock.Now - ended) / 1e6,
        oldestAgeMs
    );
    return Print(options, report, report.Answers);
}

static int Print<TReport>(LoadOptions options, TReport report, long answers)
{
    Console.WriteLine(options.Json ? JsonSerializer.Serialize(report, JsonSerializerOptions.Web) : report!.ToString());
    return answers > 0 ? 0 : 1;
}
