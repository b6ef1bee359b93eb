using Remanso.Entries;

namespace Remanso.Tiers.Memory;

/// <summary>How entries become clean, and what a reader sees of any entry.</summary>
internal static class CleanEntry
{
    /// <summary>A clean entry with the content of <paramref name="content"/>; it isn't served past the end of the
    /// data's lifetime.</summary>
    internal static CacheEntry From(
        CacheEntry content,
        StampedTags? tags,
        long cachedAt,
        long now,
        TimeSpan ttl,
        TimeSpan grace,
        bool isAdopted = false
    )
    {
        var expiresAt = content.ExpiresAt == 0 ? CacheEntry.Never : content.ExpiresAt;
        var freshUntil = TierClock.After(now, ttl);
        return new CacheEntry
        {
            Value = content.Value,
            ContentType = content.ContentType,
            Tags = tags,
            Version = content.Version,
            State = content.State & EntryState.Tombstone,
            FreshUntil = Math.Min(freshUntil, expiresAt),
            StaleUntil = Math.Min(TierClock.After(freshUntil, grace), expiresAt),
            ExpiresAt = expiresAt,
            CachedAt = cachedAt,
            LoadMicros = content.LoadMicros,
            IsAdopted = isAdopted,
        };
    }

    /// <summary>The same clean entry, fresh until then only. By the coarse clock, which may be behind.</summary>
    internal static CacheEntry StaleFrom(CacheEntry entry, long now) =>
        new()
        {
            Value = entry.Value,
            ContentType = entry.ContentType,
            Tags = entry.Tags,
            Version = entry.Version,
            State = entry.State,
            FreshUntil = Math.Min(entry.FreshUntil, now - 1_000_000),
            StaleUntil = entry.StaleUntil,
            ExpiresAt = entry.ExpiresAt,
            CachedAt = entry.CachedAt,
            LoadMicros = entry.LoadMicros,
            IsAdopted = entry.IsAdopted,
        };

    /// <summary>The same content in another state.</summary>
    internal static CacheEntry With(this CacheEntry entry, EntryState state) => entry.With(state, entry.Tags);

    /// <summary>The same content with another state and tags.</summary>
    internal static CacheEntry With(this CacheEntry entry, EntryState state, IReadOnlyList<string>? tags) =>
        new()
        {
            Value = (state & EntryState.Tombstone) != 0 ? default : entry.Value,
            ContentType = entry.ContentType,
            Tags = tags,
            Version = entry.Version,
            State = state,
            FreshUntil = entry.IsDirty ? entry.FreshUntil : CacheEntry.Never,
            ExpiresAt = entry.ExpiresAt,
            CachedAt = entry.CachedAt,
            LoadMicros = entry.LoadMicros,
            Spans = entry.Spans,
        };

    /// <summary>The same dirty entry as one that has returned, or as one that has been compared with its row since.</summary>
    internal static CacheEntry Returned(this CacheEntry entry, bool hasReturned) =>
        new()
        {
            Value = entry.Value,
            ContentType = entry.ContentType,
            Tags = entry.Tags,
            Version = entry.Version,
            State = entry.State,
            FreshUntil = hasReturned ? CacheEntry.Returned : CacheEntry.Never,
            ExpiresAt = entry.ExpiresAt,
            CachedAt = entry.CachedAt,
            Spans = entry.Spans,
        };

    /// <summary>What readers get. A clean one whose tag was removed is as good as gone. A dirty entry past its
    /// lifetime reads as deleted, though the queue still holds its value: the store has yet to hear of it.</summary>
    internal static TierRead ReadAt(CacheEntry? entry, long now, TagTable tags)
    {
        if (entry is null)
        {
            return default;
        }

        if (entry.HasReturned)
        {
            // Its row may be newer: it is loaded first.
            return entry.IsExpiredAt(now) ? default : new(TierReadOutcome.Stale, entry, 0);
        }

        if (entry.IsDirty)
        {
            return new(TierReadOutcome.Hit, entry.IsExpiredAt(now) ? entry.With(entry.State | EntryState.Tombstone) : entry, 0);
        }

        if (now >= entry.StaleUntil)
        {
            return default;
        }

        return tags.FateOf(entry, out var expiredAt) switch
        {
            TagFate.Removed => default,
            TagFate.Expired when !OutlivesExpiry(entry, now) => default,
            TagFate.Expired => new(TierReadOutcome.Stale, StaleFrom(entry, expiredAt), 0),
            _ => now < entry.FreshUntil ? new(TierReadOutcome.Hit, entry, 0) : new(TierReadOutcome.Stale, entry, 0),
        };
    }

    /// <summary>Whether anything is left of a clean entry that is expired: it has a grace period, and something to show.</summary>
    internal static bool OutlivesExpiry(CacheEntry entry, long now) =>
        !entry.IsTombstone && now < entry.StaleUntil && entry.StaleUntil > entry.FreshUntil;
}
