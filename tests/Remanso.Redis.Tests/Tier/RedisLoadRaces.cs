using Remanso.Conformance.Caches;
using Remanso.Conformance.Support;

namespace Remanso.Redis.Tests.Tier;

public sealed class RedisLoadRaces(TierServer server) : LoadRaceConformance(isShared: true)
{
    private readonly string _name = TierServer.NewCache();

    protected override async Task<(ICache<string, string> Cache, IAsyncDisposable Process)> StartAsync(ScriptedStore store, Action<CacheOptions> configure)
    {
        var process = await CacheProcess.StartAsync(server.Address, _name, store, configure);
        return (process.Cache, process);
    }
}
