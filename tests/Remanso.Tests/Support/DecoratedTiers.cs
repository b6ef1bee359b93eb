using Remanso.Tiers;

namespace Remanso.Tests.Support;

/// <summary>Tiers in memory with something around each.</summary>
internal sealed class DecoratedTiers(MemoryTierProvider inner, Func<ICacheTier, ICacheTier> decorate) : ITierProvider
{
    public string Description => inner.Description;

    public string Promise => inner.Promise;

    public ICacheTier Create(string cache, TierOptions options) => decorate(inner.Create(cache, options));

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
