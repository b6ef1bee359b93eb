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

    /// <summary>The options of a cache as they are in force. They are read at the start: what changes in them later has
    /// no effect that could be relied on.</summary>
    /// <exception cref="KeyNotFoundException">There is no such cache.</exception>
    CacheOptions GetOptions(string name);

    /// <summary>Whether a cache has a backing store, the default one or one of its own.</summary>
    /// <exception cref="KeyNotFoundException">There is no such cache.</exception>
    bool HasStore(string name) => true;

    /// <summary>The statistics of every cache, by name.</summary>
    ValueTask<IReadOnlyDictionary<string, CacheStatistics>> GetStatisticsAsync(CancellationToken cancellationToken = default);

    /// <summary>The same without a tier that can't be reached: what is dirty is then what the last look found.</summary>
    internal ValueTask<IReadOnlyDictionary<string, CacheStatistics>> GetLastStatisticsAsync(CancellationToken cancellationToken) =>
        GetStatisticsAsync(cancellationToken);

    /// <summary>The last stored versions of a key, the newest first, where the cache keeps every version
    /// (<see cref="WriteMode.EveryVersion"/>); what is dirty is not among them yet.</summary>
    /// <param name="cache">The cache's name.</param>
    /// <param name="key">The key, as the store has it.</param>
    /// <param name="max">How many at most, above 0.</param>
    /// <param name="maxBytes">The largest value that is read; of larger ones only the size.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The versions; null where the cache keeps no history.</returns>
    /// <exception cref="KeyNotFoundException">There is no such cache.</exception>
    /// <exception cref="Stores.StoreException">The store failed.</exception>
    ValueTask<IReadOnlyList<HistoryVersion>?> ReadHistoryAsync(
        string cache,
        string key,
        int max,
        int maxBytes,
        CancellationToken cancellationToken = default
    ) => new((IReadOnlyList<HistoryVersion>?)null);

    /// <summary>The processes that share the tier of any cache of this process, this one among them: the living first.
    /// One that was killed stays for ten minutes, as a dead one.</summary>
    /// <exception cref="TierUnavailableException">The tier can't be reached.</exception>
    ValueTask<IReadOnlyList<RemansoProcess>> GetProcessesAsync(CancellationToken cancellationToken = default) => new([]);

    /// <summary>Tells an observer what happens in the caches of this process: hits, misses, loads, writes, flushes,
    /// dead letters, evictions and more. Where nobody observes, and for the kinds that nobody wants, it costs nothing.</summary>
    /// <param name="observer">Hears of one event after the other, from several threads at once, on the thread on which
    /// it happens: it must return soon, and must not use a cache of this process. What it throws is logged, once, and
    /// harms nobody.</param>
    /// <param name="kinds">The kinds that it wants to hear.</param>
    /// <param name="cache">The cache's name; all of them where null.</param>
    /// <returns>Ends the observation when it is disposed of.</returns>
    /// <exception cref="KeyNotFoundException">There is no such cache.</exception>
    /// <example>
    /// <code>
    /// using var observation = caches.Registry.Observe(
    ///     what => Console.WriteLine($"{what.Kind} {what.Key}"),
    ///     CacheEventKinds.Miss | CacheEventKinds.DeadLettered);
    /// </code>
    /// </example>
    IDisposable Observe(Action<CacheEvent> observer, CacheEventKinds kinds = CacheEventKinds.All, string? cache = null);

    /// <summary>What is wrong now, one line each (store or tier not reachable, not yet initialised); empty: ready.</summary>
    IReadOnlyList<string> GetProblems();

    /// <summary>What is wrong now and only slows work down, one line each: the process is ready all the same. So it is while
    /// Redis refuses a subscription.</summary>
    IReadOnlyList<string> GetWarnings() => [];

    /// <summary>Whether something is wrong now, but nothing else than that loads fail: hits and writes go on. So it is
    /// in a process that does not flush while the store can't be read.</summary>
    bool OnlyLoadsFail { get; }
}
