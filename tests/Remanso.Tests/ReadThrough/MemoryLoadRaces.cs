using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Remanso.Conformance.Caches;
using Remanso.Conformance.Support;

namespace Remanso.Tests.ReadThrough;

public sealed class MemoryLoadRaces() : LoadRaceConformance(isShared: false)
{
    private protected override async Task<(ICache<string, string> Cache, IAsyncDisposable Process)> StartAsync(
        ScriptedStore store,
        Action<CacheConfiguration<string, string>> configure
    )
    {
        var services = new ServiceCollection();
        services.AddRemanso().UseMemoryTier().UseStore(_ => store).AddCache<string, string>("races", configure);
        var process = services.BuildServiceProvider();
        foreach (var service in process.GetServices<IHostedService>())
        {
            await service.StartAsync(CancellationToken.None);
        }

        return (process.GetRequiredService<ICache<string, string>>(), process);
    }
}
