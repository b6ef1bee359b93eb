using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Remanso.Hosting;

/// <summary>Adds Remanso to an application.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>
    /// Adds Remanso; the result declares caches and chooses tier and store. The caches start and stop with the application's host. A <see cref="TimeProvider"/> among the
    /// services is used for every clock.
    /// </summary>
    public static RemansoBuilder AddRemanso(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (services.FirstOrDefault(static service => service.ServiceType == typeof(RemansoSettings))?.ImplementationInstance is RemansoSettings known)
        {
            return new RemansoBuilder(services, known);
        }

        var settings = new RemansoSettings();
        services.AddSingleton(settings);
        services.TryAddSingleton<CacheRegistry>();
        services.TryAddSingleton<ICacheRegistry>(static provider => provider.GetRequiredService<CacheRegistry>());
        services.AddHostedService<RemansoService>();
        return new RemansoBuilder(services, settings);
    }
}
