using Microsoft.Extensions.DependencyInjection;

namespace Remanso.Hosting;

/// <summary>Configures Remanso in a service collection: its caches, tier and default store.</summary>
public sealed class RemansoBuilder
{
    internal RemansoBuilder(IServiceCollection services) => Services = services;

    /// <summary>The services.</summary>
    public IServiceCollection Services { get; }
}
