using Microsoft.Extensions.DependencyInjection;
using Remanso.Conformance.Support;

namespace Remanso.Conformance.Faces;

/// <summary>An application of its own: its services, started as a host starts them.</summary>
public sealed class FaceProcess : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private FaceProcess(ServiceProvider services) => _services = services;

    /// <summary>The services.</summary>
    public IServiceProvider Services => _services;

    /// <summary>Builds and starts it.</summary>
    /// <param name="services">Its services.</param>
    /// <param name="isHosted">Whether a host starts it; without one, its first use does.</param>
    public static async Task<FaceProcess> StartAsync(IServiceCollection services, bool isHosted = true)
    {
        var process = new FaceProcess(services.BuildServiceProvider());
        if (isHosted)
        {
            await Hosted.StartAsync(process._services);
        }

        return process;
    }

    /// <summary>A service.</summary>
    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
