using System.Diagnostics.CodeAnalysis;
using Remanso.Telemetry;

namespace Remanso;

/// <summary>The named caches of this process.</summary>
public interface ICacheRegistry
{
    /// <summary>The names, sorted; names are compared ordinally.</summary>
    IReadOnlyList<string> Names { get; }

    /// <summary>Where the tier is, for people.</summary>
    string TierDescription { get; }

    /// <summary>Where the default backing store is, for people; <c>none</c> where there is none.</summary>
    string StoreDescription { get; }

    /// <summary>What is true when a write returns, for people, in one plain sentence.</summary>
    string Promise { get; }

    /// <summary>Finds a cache by name and types.</summary>
    /// <exception cref="InvalidOperationException">The cache exists with other types.</exception>
    bool TryGet<TKey, TValue>(string name, [NotNullWhen(true)] out ICache<TKey, TValue>? cache)
        where TKey : notnull;

    /// <summary>The largest value that a cache takes, in bytes (<see cref="CacheOptions.MaxValueBytes"/>).</summary>
    /// <exception cref="KeyNotFoundException">There is no such cache.</exception>
    int GetMaxValueBytes(string name);

    /// <summary>The statistics of every cache, by name.</summary>
    ValueTask<IReadOnlyDictionary<string, CacheStatistics>> GetStatisticsAsync(CancellationToken cancellationToken = default);

    /// <summary>What is wrong now, one line each (store or tier not reachable, not yet initialised); empty: ready.</summary>
    IReadOnlyList<string> GetProblems();

    /// <summary>Whether something is wrong now, but nothing else than that loads fail: hits and writes go on. So it is in a process that does not flush while the store can't be read.</summary>
    bool OnlyLoadsFail { get; }
}
