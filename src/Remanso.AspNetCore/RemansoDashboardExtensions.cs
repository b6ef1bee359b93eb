using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Remanso;
using Remanso.AspNetCore;
using Remanso.AspNetCore.Dashboard;

namespace Microsoft.AspNetCore.Builder;

/// <summary>The dashboard of the registered caches, in an application of yours.</summary>
public static class RemansoDashboardExtensions
{
    /// <summary>Sets options of the dashboard. Without this call they are as <see cref="RemansoDashboardOptions"/> says.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="configure">Sets the options.</param>
    /// <exception cref="CacheConfigurationException">An option is out of its range.</exception>
    public static IServiceCollection AddRemansoDashboard(this IServiceCollection services, Action<RemansoDashboardOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        var options = new RemansoDashboardOptions();
        configure(options);
        options.Validate();
        services.TryAddSingleton(options);
        return services;
    }

    /// <summary>Maps the dashboard: one page at <paramref name="prefix"/>, and what it needs below <c>dashboard/</c>
    /// there. Who may see and do what is decided as for the API: by keys and tokens (<c>AddRemansoSecurity</c>), by a
    /// policy of the application (<c>app.MapRemansoDashboard("/cache").RequireAuthorization("operators")</c>), or else
    /// the same machine alone is answered.</summary>
    /// <param name="endpoints">Where to: the application, or a group of its.</param>
    /// <param name="prefix">Where the page is, such as <c>/cache</c>; the root unless given.</param>
    /// <returns>The group of all its endpoints.</returns>
    /// <exception cref="InvalidOperationException">There are no caches.</exception>
    public static RouteGroupBuilder MapRemansoDashboard(this IEndpointRouteBuilder endpoints, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentNullException.ThrowIfNull(prefix);
        var services = endpoints.ServiceProvider;
        var registry = services.GetService<ICacheRegistry>()
            ?? throw new InvalidOperationException("There are no caches: call services.AddRemanso() before the application is built.");
        var group = endpoints.MapGroup(prefix.TrimEnd('/'));
        new DashboardMap(group, services, registry, services.GetService<RemansoDashboardOptions>() ?? new RemansoDashboardOptions()).Map();
        return group;
    }
}
