using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Remanso.Conformance.Faces;

/// <summary>An application of its own: its services, started as a host starts them.</summary>
public sealed class FaceProcess : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private FaceProcess(ServiceProvider services) => _services = services;

    /// <summary>The services.</summary>
    public IServiceProvider Services => _services;

    /// <summary>Builds and starts it.</summary>
    public static async Task<FaceProcess> StartAsync(IServiceCollection services)
    {
        var process = new FaceProcess(services.BuildServiceProvider());
        foreach (var service in process._services.GetServices<IHostedService>()) await service.StartAsync(CancellationToken.None);
        return process;
    }

    /// <summary>A service.</summary>
    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
