using Remanso.Entries;
using Remanso.Near;
using Remanso.ReadThrough;
using Remanso.Telemetry;
using Remanso.Tiers;

namespace Remanso.Hosting;

/// <summary>Ends copies for a reason that is no write: a tag was removed, or others changed the store.</summary>
internal sealed class CopyRemoval(ICacheTier tier, TierOutages outages, CacheReader reader, CacheCounters counters)
{
    /// <summary>The near cache, if there is one.</summary>
    public INearCache? Near { get; set; }

    /// <summary>Removes what carries one of the tags, which are valid, or ends its freshness.</summary>
    public async ValueTask RemoveByTagAsync(IReadOnlyList<string> tags, bool keepsStale, CancellationToken cancellationToken)
    {
        try
        {
            if (keepsStale)
            {
                await tier.ExpireByTagAsync(tags, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await tier.RemoveByTagAsync(tags, cancellationToken).ConfigureAwait(false);
            }

            counters.TagsRemoved.Add(tags.Count);
            counters.Events.Ended(keepsStale, tags);
        }
        finally
        {
            // Also after an error: it may have happened.
            foreach (var tag in tags)
            {
                Near?.OnTagRemoved(tag);
            }
        }
    }

    /// <summary>Drops the copies of keys that others have changed in the store, all of them where
    /// <paramref name="keys"/> is null: now, or as soon as the tier can be reached. Keys that can be in no cache are
    /// ignored.</summary>
    public async ValueTask DropCopiesAsync(IReadOnlyList<string>? keys)
    {
        if (keys is null)
        {
            Near?.Clear();
            await outages.InvalidateAllAsync().ConfigureAwait(false);
            counters.Events.Ended(keepsStale: false, tags: null);
            return;
        }

        string[] valid = [.. keys.Where(CacheKey.IsValid)];
        foreach (var key in valid)
        {
            reader.ForgetPastTier(key);
            Near?.OnChanged(key, 0);
        }

        await outages.InvalidateAsync(valid, areWritten: false).ConfigureAwait(false);
        counters.Events.Ended(CacheEventKinds.Invalidated, valid);
    }
}
