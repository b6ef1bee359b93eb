namespace Remanso.Entries;

/// <summary>Where the tags of one cache's entries come from, and what is checked of them before a tier gets them.</summary>
/// <param name="compute">Computes the tags of a value in tier form; null where the cache computes none.</param>
/// <param name="most">How many tags an entry may have.</param>
internal sealed class Tagging(Func<string, ReadOnlyMemory<byte>, IReadOnlyList<string>?>? compute, int most)
{
    /// <summary>The tags of a value that came from the store; null for none.</summary>
    /// <exception cref="InvalidTagException">What was computed is no valid tag, or too many of them.</exception>
    /// <exception cref="TagsUnknownException">The value can't be decoded.</exception>
    public IReadOnlyList<string>? Of(string key, ReadOnlyMemory<byte> value, bool tombstone) =>
        compute is null || tombstone ? null : Check(compute(key, value));

    /// <summary>A copy of tags that somebody gave, each once; null for none.</summary>
    /// <exception cref="InvalidTagException">One is not valid, or there are too many.</exception>
    public IReadOnlyList<string>? Check(IReadOnlyCollection<string>? tags)
    {
        if (tags is null or { Count: 0 })
        {
            return null;
        }

        // A tag may be there twice by a caller's arithmetic; the limit is for what an entry carries.
        string[] distinct = [.. tags.Distinct(StringComparer.Ordinal)];
        Array.ForEach(distinct, CacheTag.Validate);
        return distinct.Length <= most
            ? distinct
            : throw new InvalidTagException(
                $"An entry may have {most} tags, but has {distinct.Length}, the last of them '{distinct[^1]}'."
            );
    }
}
