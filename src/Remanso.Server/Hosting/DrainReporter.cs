using System.Globalization;
using Remanso.Server.Configuration;

namespace Remanso.Server.Hosting;

// The stopping itself is the library's; a stop that is over at once says nothing.

/// <summary>Says, while a graceful stop takes its time, how much is left to be stored.</summary>
internal sealed class DrainReporter(ICacheRegistry registry, TimeProvider time, IHostApplicationLifetime lifetime, ServerSettings settings)
    : IHostedLifecycleService
{
    private static readonly TimeSpan _every = TimeSpan.FromSeconds(2);

    /// <summary>Where it is said.</summary>
    public TextWriter Errors { get; init; } = Console.Error;

    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        // It runs beside the stop, which does not wait for it.
        _ = ReportAsync();
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task ReportAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(_every, time);
            while (await timer.WaitForNextTickAsync(lifetime.ApplicationStopped))
            {
                await ReportOnceAsync(lifetime.ApplicationStopped);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // The stop is over: the last word is the exit's.
        }
    }

    private async Task ReportOnceAsync(CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, CacheStatistics> all;
        try
        {
            all = await registry.GetStatisticsAsync(cancellationToken);
        }
        catch (TierUnavailableException)
        {
            // It may say so the next time.
            return;
        }

        // What a shared tier holds is not this process's alone.
        var whose = settings.HasSharedTier ? ", by this and other workers" : string.Empty;
        foreach (var (name, statistics) in all)
        {
            var dirty = statistics.Dirty;
            if (dirty.Entries > 0)
            {
                await Errors.WriteLineAsync(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"remanso: stopping: {dirty.Entries} entries ({dirty.Bytes} bytes) of cache {name} are to be stored "
                            + $"in {registry.StoreDescription}{whose}"
                    )
                );
            }
        }
    }
}
