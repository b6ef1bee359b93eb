using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Remanso.Conformance.Support;

/// <summary>Starts and stops hosted services as a host does, in its order.</summary>
public static class Hosted
{
    /// <summary>Starts them: first the life cycle's half, then each service.</summary>
    public static async Task StartAsync(IServiceProvider services)
    {
        var hosted = services.GetServices<IHostedService>().ToArray();
        foreach (var service in hosted.OfType<IHostedLifecycleService>())
        {
            await service.StartingAsync(CancellationToken.None);
        }

        foreach (var service in hosted)
        {
            await service.StartAsync(CancellationToken.None);
        }

        foreach (var service in hosted.OfType<IHostedLifecycleService>())
        {
            await service.StartedAsync(CancellationToken.None);
        }
    }

    /// <summary>Stops them, the last one first, and then the life cycle's half.</summary>
    public static async Task StopAsync(IServiceProvider services)
    {
        var hosted = services.GetServices<IHostedService>().Reverse().ToArray();
        foreach (var service in hosted.OfType<IHostedLifecycleService>())
        {
            await service.StoppingAsync(CancellationToken.None);
        }

        foreach (var service in hosted)
        {
            await service.StopAsync(CancellationToken.None);
        }

        foreach (var service in hosted.OfType<IHostedLifecycleService>())
        {
            await service.StoppedAsync(CancellationToken.None);
        }
    }
}
