using Remanso.Conformance.Support;
using Remanso.Conformance.Tiers;
using Remanso.Testing;
using Remanso.Tiers;

namespace Remanso.Tests.Tiers.Journal;

/// <summary>A memory tier with a journal.</summary>
internal sealed class JournaledTierHarness : TierHarness
{
    private readonly ManualTimeProvider _time = new();
    private readonly MemoryTierProvider _provider;

    public JournaledTierHarness() => _provider = new MemoryTierProvider(_time, new ScriptedJournal());

    internal override async ValueTask<ICacheTier> CreateTierAsync(TierOptions options)
    {
        var tier = _provider.Create("test", options);
        await tier.InitializeAsync(CancellationToken.None);
        return tier;
    }

    public override Task AdvanceAsync(TimeSpan by)
    {
        _time.Advance(by);
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await _provider.DisposeAsync();
        await base.DisposeAsync();
    }
}
