using System.Collections;

namespace Remanso.Tiers;

/// <summary>What one take brought.</summary>
/// <param name="entries">The entries.</param>
/// <param name="hasMore">See <see cref="HasMore"/>.</param>
internal sealed class TakenEntries(IReadOnlyList<TakenEntry> entries, bool hasMore) : IReadOnlyList<TakenEntry>
{
    /// <summary>Nothing, and nothing left.</summary>
    public static TakenEntries None { get; } = new([], hasMore: false);

    /// <summary>Whether something was left in the queues, or may have been: for want of room, of bytes, or because a
    /// partition could not be asked. What is not among the entries may then still be dirty.</summary>
    public bool HasMore { get; } = hasMore;

    /// <inheritdoc/>
    public int Count => entries.Count;

    /// <inheritdoc/>
    public TakenEntry this[int index] => entries[index];

    /// <inheritdoc/>
    public IEnumerator<TakenEntry> GetEnumerator() => entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
