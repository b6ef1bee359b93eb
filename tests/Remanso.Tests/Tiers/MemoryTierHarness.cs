using Remanso.Conformance.Tiers;
using Remanso.Testing;
using Remanso.Tiers;

namespace Remanso.Tests.Tiers;

internal sealed class MemoryTierHarness : TierHarness
{
    private readonly ManualTimeProvider _time = new();

    internal override async ValueTask<ICacheTier> CreateTierAsync(TierOptions options)
    {
        var tier = new MemoryTier("test", options, _time);
        await tier.InitializeAsync(CancellationToken.None);
        return tier;
    }

    public override Task AdvanceAsync(TimeSpan by)
    {
        _time.Advance(by);
        return Task.CompletedTask;
    }
}
