using Microsoft.Extensions.Hosting;

namespace Remanso.Hosting;

/// <summary>Starts the caches with the host, and drains them when it stops.</summary>
internal sealed class RemansoService(CacheRegistry registry) : IHostedService
{
    // At once: where the tier can't be reached, each waits for its time-out.
    public Task StartAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(registry.Runtimes.Select(runtime => runtime.StartAsync(cancellationToken)));

    // The host's own patience is not the drain's deadline: each cache has its own (FlushOptions.StopTimeout).
    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(registry.Runtimes.Select(static runtime => runtime.StopAsync()));
}
