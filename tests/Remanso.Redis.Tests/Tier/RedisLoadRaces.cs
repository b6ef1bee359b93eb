using Remanso.Conformance.Caches;
using Remanso.Conformance.Support;
using Remanso.Redis.Tests.Servers;

namespace Remanso.Redis.Tests.Tier;

public sealed class RedisLoadRaces(TierServer server) : LoadRaceConformance(isShared: true)
{
    private readonly string _name = TierServer.NewCache();

    private protected override async Task<(ICache<string, string> Cache, IAsyncDisposable Process)> StartAsync(
        ScriptedStore store,
        Action<CacheConfiguration<string, string>> configure
    )
    {
        var process = await CacheProcess.DeclareAsync(PatientOptions.Of(server.Address), _name, store, configure);
        return (process.Cache, process);
    }
}
