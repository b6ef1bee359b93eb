using Remanso.Entries;

namespace Remanso.Tiers.Memory;

/// <summary>One cache's part of the journal.</summary>
/// <param name="cache">The cache.</param>
/// <param name="writer">The journal's writer, which all caches share.</param>
/// <param name="stores">What names the store of each cache that shares it.</param>
/// <param name="keepsVersions">Whether the cache keeps every version.</param>
internal sealed class TierJournal(string cache, JournalWriter writer, IReadOnlyDictionary<string, NotedStore> stores, bool keepsVersions)
{
    /// <summary>Why the journal can't be written now, or null.</summary>
    internal string? Problem => writer.Problem is { } problem ? $"the journal can't be written: {problem}" : null;

    /// <summary>No version above it is in the journal.</summary>
    internal long HighestVersion => writer.HighestVersion;

    /// <summary>Opens the journal; gives what it holds of this cache, the first time.</summary>
    internal ValueTask<IReadOnlyList<JournalRecord>> OpenAsync(CancellationToken cancellationToken) =>
        writer.OpenAsync(cache, stores, cancellationToken);

    /// <summary>Takes note of a key's dirty entry; to be called under the gate of its partition.</summary>
    internal void Write(string key, CacheEntry entry, bool wasDirty) =>
        writer.Write(new JournalRecord(cache, key, entry.Version, entry) { IsOneOfMany = keepsVersions }, wasDirty);

    /// <summary>Takes note of a dead letter; to be called under the gate of its partition.</summary>
    internal void Write(DeadLetter letter, CacheEntry entry) =>
        writer.Write(
            new JournalRecord(cache, letter.Key, entry.Version, entry, letter.Error, letter.AtMicros) { IsOneOfMany = keepsVersions },
            wasDirty: true
        );

    /// <summary>Takes note that nothing of a key is dirty any more; where every version is kept, nothing up to this
    /// one; to be called under the gate of its partition.</summary>
    internal void Remove(string key, long version) =>
        writer.Remove(new JournalRecord(cache, key, version, null) { IsOneOfMany = keepsVersions });

    /// <summary>Waits for the commit of a key's version or a higher one.</summary>
    internal Task CommittedAsync(string key, long version) => writer.CommittedAsync(cache, key, version);
}
