using Microsoft.Extensions.Hosting;

namespace Remanso.Hosting;

/// <summary>Starts the caches with the host, and drains them when it stops.</summary>
internal sealed class RemansoService(CacheRegistry registry) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var runtime in registry.Runtimes)
        {
            await runtime.StartAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    // The host's own patience is not the drain's deadline: each cache has its own (FlushOptions.StopTimeout).
    public Task StopAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(registry.Runtimes.Select(static runtime => runtime.StopAsync()));
}
