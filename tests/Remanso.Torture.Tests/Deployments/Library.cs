using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Remanso.Torture.Tests.Deployments;

/// <summary>The library in this process, with a tier of its own: accepts writes and flushes them.</summary>
internal sealed class Library : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private Library(ServiceProvider services)
    {
        _services = services;
        Cache = services.GetRequiredService<ICache<string, string>>();
    }

    public ICache<string, string> Cache { get; }

    public static async Task<Library> StartAsync(Database database)
    {
        var services = new ServiceCollection();
        services.AddRemanso().UseMemoryTier().UsePostgres(database.Url).AddCache<string, string>("default");
        var library = new Library(services.BuildServiceProvider());
        foreach (var service in library._services.GetServices<IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
        }

        return library;
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}
