using Remanso.Conformance.Tiers;
using Remanso.Redis.Tests.Servers;
using Remanso.Tiers;

namespace Remanso.Redis.Tests.Tier;

/// <summary>Makes Redis tiers for the conformance suites; the server's clock can't be moved, so it waits.</summary>
internal sealed class RedisTierHarness(string address) : TierHarness
{
    private readonly RedisTierProvider _provider = new(PatientOptions.Of(address));

    internal override async ValueTask<ICacheTier> CreateTierAsync(TierOptions options)
    {
        var tier = _provider.Create(TierServer.NewCache(), options);
        await tier.InitializeAsync(CancellationToken.None);
        return tier;
    }

    // A timer may fire a tick early.
    public override Task AdvanceAsync(TimeSpan by) => Task.Delay(by + TimeSpan.FromMilliseconds(2), TimeProvider.System);

    public override async ValueTask DisposeAsync()
    {
        await _provider.DisposeAsync();
        await base.DisposeAsync();
    }
}
