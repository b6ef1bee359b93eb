using Remanso.Conformance.Tiers;
using Remanso.Hosting;
using Remanso.Testing;
using Remanso.Tiers;

namespace Remanso.Tests.Hosting;

/// <summary>A tier behind the life of its cache, which the first use starts.</summary>
internal sealed class LivingTierHarness : TierHarness
{
    private readonly ManualTimeProvider _time = new();
    private readonly List<CacheLife> _lives = [];

    internal override async ValueTask<ICacheTier> CreateTierAsync(TierOptions options)
    {
        var tier = new MemoryTier("test", options, _time);
        await tier.InitializeAsync(CancellationToken.None);
        var life = new CacheLife(static _ => Task.CompletedTask, static () => Task.CompletedTask, _time);
        _lives.Add(life);
        return new LivingTier(tier, life, new Opening(tier, store: null, life, _time));
    }

    public override Task AdvanceAsync(TimeSpan by)
    {
        _time.Advance(by);
        return Task.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _lives.ForEach(static life => life.Dispose());
    }
}
