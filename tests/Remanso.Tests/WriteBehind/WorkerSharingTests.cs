using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Testing;
using Remanso.Tiers;

namespace Remanso.Tests.WriteBehind;

/// <summary>Workers that share a tier in memory.</summary>
public sealed class WorkerSharingTests : WorkerSharing
{
    private readonly ManualTimeProvider _time = new();
    private readonly FaultyTier _tier;

    public WorkerSharingTests() =>
        _tier = new FaultyTier(new MemoryTier("c", new TierOptions { Partitions = 16 }, _time)) { IsLocal = false };

    public override ValueTask DisposeAsync() => _tier.DisposeAsync();

    protected override void Advance(TimeSpan by) => _time.Advance(by);

    private protected override Task<ICacheTier> StartTierAsync() => Task.FromResult<ICacheTier>(_tier);
}
