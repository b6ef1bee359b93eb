using System.Diagnostics.CodeAnalysis;

namespace Remanso.Server.Tests.Support;

/// <summary>The registry of one scripted cache.</summary>
internal sealed class ScriptedRegistry(ScriptedCache cache) : ICacheRegistry
{
    public IReadOnlyList<string> Names => [cache.Name];

    public string TierDescription => "scripted";

    public string StoreDescription => "none";

    public string Promise => "Nothing.";

    public bool TryGet<TKey, TValue>(string name, [NotNullWhen(true)] out ICache<TKey, TValue>? found)
        where TKey : notnull
    {
        found = name == cache.Name ? cache as ICache<TKey, TValue> : null;
        return found is not null;
    }

    public int GetMaxValueBytes(string name) => new CacheOptions().MaxValueBytes;

    public CacheOptions GetOptions(string name) => new();

    public async ValueTask<IReadOnlyDictionary<string, CacheStatistics>> GetStatisticsAsync(
        CancellationToken cancellationToken = default
    ) =>
        new Dictionary<string, CacheStatistics>(StringComparer.Ordinal)
        {
            [cache.Name] = await cache.GetStatisticsAsync(cancellationToken),
        };

    public bool OnlyLoadsFail => false;

    public IDisposable Observe(Action<CacheEvent> observer, CacheEventKinds kinds = CacheEventKinds.All, string? cache = null) =>
        throw new NotSupportedException();

    public IReadOnlyList<string> GetProblems() =>
        [.. cache.Calls.Where(static call => call.StartsWith("problem", StringComparison.Ordinal))];
}
