using Microsoft.Extensions.Hosting;

namespace Remanso.Hosting;

/// <summary>Starts the caches with the host, and drains them when it stops.</summary>
internal sealed class RemansoService(CacheRegistry registry) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => registry.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => registry.StopAsync();
}
