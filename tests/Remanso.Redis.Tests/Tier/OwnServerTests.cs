using Remanso.Conformance.Servers;
using Xunit;

namespace Remanso.Redis.Tests.Tier;

/// <summary>Tests of the tier with a server of their own each: its data is taken away, spoilt or counted.</summary>
public abstract class OwnServerTests : IAsyncLifetime
{
    private protected RedisProcess Server { get; private set; } = null!;

    private protected TierBed Bed { get; private set; } = null!;

    private protected static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Server = await RedisProcess.StartAsync();
        Bed = new TierBed(Server.Address);
    }

    public async ValueTask DisposeAsync()
    {
        await Bed.DisposeAsync();
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
