using Remanso.Tiers;

namespace Remanso.Tests.Support;

/// <summary>Tiers in memory with something around each.</summary>
internal sealed class DecoratedTiers(MemoryTierProvider inner, Func<ICacheTier, ICacheTier> decorate) : ITierProvider
{
    /// <summary>The caches that the tier says it knows of.</summary>
    public IReadOnlyList<KnownCache> Known { get; init; } = [];

    public string Description => inner.Description;

    public string Promise => inner.Promise;

    public ICacheTier Create(string cache, TierOptions options) => decorate(inner.Create(cache, options));

    public ValueTask<IReadOnlyList<KnownCache>> ListCachesAsync(CancellationToken cancellationToken) => new(Known);

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
