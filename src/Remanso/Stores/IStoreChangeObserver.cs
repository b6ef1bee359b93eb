namespace Remanso.Stores;

/// <summary>Hears of changes of an <see cref="IStoreChangeFeed"/>, one call at a time.</summary>
internal interface IStoreChangeObserver
{
    /// <summary>Changes are heard from now on.</summary>
    /// <param name="again">Whether some may have been missed: they were heard before, or could not be at first.</param>
    ValueTask OnListeningAsync(bool again);

    /// <summary>Rows of a cache were changed, inserted or deleted.</summary>
    /// <param name="cache">The cache, which this process need not know.</param>
    /// <param name="keys">The keys as the store has them.</param>
    ValueTask OnChangedAsync(string cache, IReadOnlyList<string> keys);

    /// <summary>Any row of a cache may have changed; of all caches where <paramref name="cache"/> is null.</summary>
    ValueTask OnAllChangedAsync(string? cache);
}
