namespace Remanso;

/// <summary>Loads what a cache without a store misses; each load gets its own instance, from a scope of its own.</summary>
/// <typeparam name="TKey">The key.</typeparam>
/// <typeparam name="TValue">The value.</typeparam>
public interface ICacheLoader<TKey, TValue>
{
    /// <summary>Loads one key.</summary>
    /// <param name="context">The key, the previous value, and what is to be said of the new one.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits any more, and at the deadline (<c>Load:Timeout</c>).</param>
    /// <returns>The value; null where the key is absent.</returns>
    ValueTask<TValue?> LoadAsync(LoadContext<TKey, TValue> context, CancellationToken cancellationToken);
}
