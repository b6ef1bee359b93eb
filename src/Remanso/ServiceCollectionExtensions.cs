using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Remanso;
using Remanso.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds Remanso to an application.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>Adds Remanso; the result declares caches and chooses tier and store. The caches start and stop with
    /// the application's host. A <see cref="TimeProvider"/> among the services is used for every clock.</summary>
    public static RemansoBuilder AddRemanso(this IServiceCollection services) => Add(services);

    /// <summary>As the other overload, with the options of caches in <c>Remanso:Caches:NAME</c> of the configuration,
    /// under the names that the server uses, too: <c>Remanso:Caches:users:Ttl:Base</c> = <c>10m</c>. They go before
    /// what the code says where the cache is declared. An unknown setting, a value of the wrong form, or a cache that
    /// is not declared stops the start with one line that names it.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">The whole configuration, such as <c>builder.Configuration</c>, and not its section: that stops
    /// the start, too.</param>
    /// <returns>The builder.</returns>
    public static RemansoBuilder AddRemanso(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        return Add(services, configuration);
    }

    private static RemansoBuilder Add(IServiceCollection services, IConfiguration? configuration = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (
            services.FirstOrDefault(static service => service.ServiceType == typeof(RemansoSettings))?.ImplementationInstance
            is RemansoSettings known
        )
        {
            known.Configuration = configuration ?? known.Configuration;
            return new RemansoBuilder(services, known);
        }

        var settings = new RemansoSettings { Configuration = configuration };
        services.AddSingleton(settings);
        services.TryAddSingleton<CacheRegistry>();
        services.TryAddSingleton<ICacheRegistry>(static provider => provider.GetRequiredService<CacheRegistry>());
        services.AddHostedService<RemansoService>();
        return new RemansoBuilder(services, settings);
    }
}
