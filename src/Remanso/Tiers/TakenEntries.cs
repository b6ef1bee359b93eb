using System.Collections;

namespace Remanso.Tiers;

/// <summary>What one take brought.</summary>
/// <param name="entries">The entries.</param>
/// <param name="hasMore">See <see cref="HasMore"/>.</param>
/// <param name="heldBack">See <see cref="HeldBack"/>.</param>
internal sealed class TakenEntries(IReadOnlyList<TakenEntry> entries, bool hasMore, IReadOnlyCollection<string>? heldBack = null)
    : IReadOnlyList<TakenEntry>
{
    /// <summary>Nothing, and nothing left.</summary>
    public static TakenEntries None { get; } = new([], hasMore: false);

    /// <summary>Whether something was left in the queues, or may have been: for want of room, of bytes, or because a
    /// partition could not be asked. What is not among the entries may then still be dirty.</summary>
    public bool HasMore { get; } = hasMore;

    /// <summary>The keys that were not taken because it is too early for them: they are dirty still.</summary>
    public IReadOnlyCollection<string> HeldBack { get; } = heldBack ?? [];

    /// <inheritdoc/>
    public int Count => entries.Count;

    /// <inheritdoc/>
    public TakenEntry this[int index] => entries[index];

    /// <inheritdoc/>
    public IEnumerator<TakenEntry> GetEnumerator() => entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
