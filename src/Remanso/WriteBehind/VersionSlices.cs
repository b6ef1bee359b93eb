using Remanso.Tiers;

namespace Remanso.WriteBehind;

// Where every version is kept, one key may have as many versions as a batch. What is too much for the store at once is
// too much in one key, too: so keys are cut as batches are. The slices of a key are saved in order, the next one once
// the one before is stored, and the tier gets one settlement for all that were.

/// <summary>The parts of one batch, and the slices of its keys that have more versions than a part.</summary>
internal sealed class VersionSlices
{
    private readonly Dictionary<string, TakenEntry> _whole = new(StringComparer.Ordinal);
    private readonly HashSet<string> _begun = new(StringComparer.Ordinal);

    /// <summary>Whether slices of the key were stored.</summary>
    public bool HasBegun(string key) => _begun.Contains(key);

    /// <summary>Whether the key is cut into slices, which are settled as one.</summary>
    public bool IsCut(string key) => _whole.ContainsKey(key);

    /// <summary>Parts of up to so many versions.</summary>
    public IEnumerable<IReadOnlyList<TakenEntry>> Parts(IReadOnlyList<TakenEntry> batch, int size)
    {
        if (batch.Sum(static entry => entry.Versions) <= size)
        {
            yield return batch;
            yield break;
        }

        var part = new List<TakenEntry>();
        var room = size;
        foreach (var entry in batch)
        {
            if (entry.Versions > room && part.Count > 0)
            {
                yield return part;
                part = [];
                room = size;
            }

            if (entry.Versions > size)
            {
                yield return First(entry, size);
                continue;
            }

            part.Add(entry);
            room -= entry.Versions;
        }

        if (part.Count > 0)
        {
            yield return part;
        }
    }

    /// <summary>The oldest versions of a key, as a part.</summary>
    public IReadOnlyList<TakenEntry> First(TakenEntry entry, int versions)
    {
        if (versions < entry.Versions)
        {
            _whole.TryAdd(entry.Key, entry);
        }

        return [entry.First(versions)];
    }

    /// <summary>After a part was stored: makes one settlement of a key's slices, and tells what comes next of it.</summary>
    /// <param name="stored">The part.</param>
    /// <param name="settlements">What is to be settled, the part's key last.</param>
    /// <param name="size">How many versions the next slice may have.</param>
    /// <returns>The next slice; null where the part was none, or the last one.</returns>
    public IReadOnlyList<TakenEntry>? Next(IReadOnlyList<TakenEntry> stored, List<Settlement> settlements, int size)
    {
        if (_whole.Count == 0 || stored is not [var slice] || !_whole.TryGetValue(slice.Key, out var whole))
        {
            return null;
        }

        var last = settlements[^1] with { Taken = whole.UpTo(slice.Entry.Version) };
        settlements.RemoveAll(settlement => settlement.Taken.Key == slice.Key);
        settlements.Add(last);
        _begun.Add(slice.Key);
        return whole.Entry.Version > slice.Entry.Version ? First(whole.After(slice.Entry.Version), size) : null;
    }
}
