using Microsoft.Extensions.Hosting;

namespace Remanso.Hosting;

/// <summary>Starts the caches before any service of the host starts, and drains them after the last one has stopped:
/// whatever the order of registration, services may read and write from their <c>StartAsync</c> to the end of their
/// <c>StopAsync</c>. Of what they do in the life cycle's own calls, the order decides.</summary>
internal sealed class RemansoService(CacheRegistry registry) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => registry.StartAsync(cancellationToken);

    // For hosts that know no life cycle; in others it was done before.
    public Task StartAsync(CancellationToken cancellationToken) => registry.StartAsync(cancellationToken);

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Not yet: a service that stops after this one may still write. Hosts that know no life cycle drain when they are disposed of.
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => registry.StopAsync();
}
