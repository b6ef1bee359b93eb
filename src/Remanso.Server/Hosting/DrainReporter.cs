using System.Globalization;

namespace Remanso.Server.Hosting;

// The stopping itself is the library's; a stop that is over at once says nothing.

/// <summary>Says, while a graceful stop takes its time, how much is left to be stored.</summary>
internal sealed class DrainReporter(ICacheRegistry registry, TimeProvider time, IHostApplicationLifetime lifetime) : IHostedLifecycleService
{
    private static readonly TimeSpan _every = TimeSpan.FromSeconds(2);

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
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException or TierUnavailableException)
        {
            // The stop is over, or the tier does not say: the last word is the exit's.
        }
    }

    private async Task ReportOnceAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, statistics) in await registry.GetStatisticsAsync(cancellationToken))
        {
            var dirty = statistics.Dirty;
            if (dirty.Entries > 0)
            {
                Console.Error.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"remanso: stopping: {dirty.Entries} entries ({dirty.Bytes} bytes) of cache {name} are to be stored "
                            + $"in {registry.StoreDescription}"
                    )
                );
            }
        }
    }
}
