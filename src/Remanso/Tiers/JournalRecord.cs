using Remanso.Entries;

namespace Remanso.Tiers;

/// <summary>What a journal is told of one key: its dirty entry, or that nothing of it is dirty any more.</summary>
/// <param name="Cache">The name of the cache.</param>
/// <param name="Key">The key.</param>
/// <param name="Version">The version of the entry, or the one that was settled.</param>
/// <param name="Entry">The dirty entry (a dead letter is one), which takes the place of what the journal has of the
/// key; null: the key's row goes.</param>
/// <param name="Error">Of a dead letter: why the store refused it.</param>
/// <param name="FailedAt">Of a dead letter: when, microseconds since 1970.</param>
internal sealed record JournalRecord(string Cache, string Key, long Version, CacheEntry? Entry, string? Error = null, long FailedAt = 0)
{
    /// <summary>Whether the cache keeps every version: <see cref="Entry"/> then takes the place of what the journal
    /// has of this very version, and stands beside the key's other versions; without one, all versions up to
    /// <see cref="Version"/> go.
    /// </summary>
    public bool IsOneOfMany { get; init; }
}
