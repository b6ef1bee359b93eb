using System.Collections;

namespace Remanso.Tiers.Memory;

/// <summary>The tags of one entry, and how many removals of the cache's <see cref="TagTable"/> the entry is known to
/// have outlived.</summary>
internal sealed class StampedTags(IReadOnlyList<string> tags, long stamp) : IReadOnlyList<string>
{
    /// <summary>Bytes of the list, beside those of its tags.</summary>
    private const int Overhead = 56;

    /// <summary>Bytes of a tag, beside its characters: the reference and the string's header.</summary>
    private const int TagOverhead = 32;

    private readonly string[] _tags = tags as string[] ?? [.. tags];
    private long _stamp = stamp;

    public int Count => _tags.Length;

    public string this[int index] => _tags[index];

    /// <summary>
    /// The number of the last removal that did not concern this entry, nor did any before it. It only grows; readers that race set it to
    /// numbers that are all true.
    /// </summary>
    internal long Stamp
    {
        get => Volatile.Read(ref _stamp);
        set => Volatile.Write(ref _stamp, value);
    }

    /// <summary>Bytes for which the tags are accounted.</summary>
    internal long Weight => WeightOf(_tags);

    /// <summary>Bytes for which tags are accounted; none for none.</summary>
    internal static long WeightOf(IReadOnlyList<string>? tags) =>
        tags is null or { Count: 0 } ? 0 : Overhead + tags.Sum(static tag => TagOverhead + (2L * tag.Length));

    internal ReadOnlySpan<string> Span => _tags;

    /// <summary>Tags with the stamp of their entry's birth; null where there are none.</summary>
    internal static StampedTags? Of(IReadOnlyList<string>? tags, long stamp) => tags is null or { Count: 0 } ? null : new(tags, stamp);

    public IEnumerator<string> GetEnumerator() => _tags.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
