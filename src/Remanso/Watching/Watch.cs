using System.Runtime.CompilerServices;
using Remanso.Entries;
using Remanso.Tiers;

namespace Remanso.Watching;

/// <summary>One watch of a caller: changes in terms of its keys and values.</summary>
internal sealed class Watch<TKey, TValue>(
    ICache<TKey, TValue> cache,
    WatchHub hub,
    ICacheTier tier,
    IKeyCodec<TKey> keys,
    WatchOptions<TKey> options
)
    where TKey : notnull
{
    /// <summary>The changes, until the caller leaves or the cache stops.</summary>
    public async IAsyncEnumerable<CacheChange<TKey, TValue>> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watcher = new Watcher(options.Keys?.Select(keys.Encode).ToHashSet(StringComparer.Ordinal), options.Prefix, options.Buffer);
        hub.Enter();
        try
        {
            await tier.ListenAsync(cancellationToken).ConfigureAwait(false);
            hub.Begin(watcher, options.After);
            options.Begun?.Invoke();
            await foreach (var (told, position) in watcher.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (await ChangeOfAsync(told, position, cancellationToken).ConfigureAwait(false) is { } change)
                {
                    yield return change;
                }
            }
        }
        finally
        {
            hub.Leave(watcher);
        }
    }

    private async ValueTask<CacheChange<TKey, TValue>?> ChangeOfAsync(
        TierChange told,
        WatchPosition position,
        CancellationToken cancellationToken
    )
    {
        var change = new CacheChange<TKey, TValue>(told.Kind)
        {
            Version = told.Version,
            Gap = told.Gap,
            Position = position,
        };
        if (!told.HasKey)
        {
            return change with { Tag = told.Kind == CacheChangeKind.TagInvalidated ? told.Text : null };
        }

        if (!keys.TryDecode(told.Text!, out var key))
        {
            return null;
        }

        change = change with { Key = key };
        return options.WithValues && told.Kind == CacheChangeKind.Written
            ? change with
            {
                Read = await ReadAsync(key, cancellationToken).ConfigureAwait(false),
            }
            : change;
    }

    // What the tier has: a watcher sets no loads off. A value that can't be read now is told as its error.
    private async ValueTask<ReadResult<TValue>> ReadAsync(TKey key, CancellationToken cancellationToken)
    {
        try
        {
            return await cache.GetAsync(key, ReadFrom.Tier, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TierUnavailableException or UnreadableValueException)
        {
            return new(exception);
        }
    }
}
