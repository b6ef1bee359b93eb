using Remanso.Common;

namespace Remanso.Near;

// Tags share Places numbers, so nothing grows with the number of tags; a tag that shares its place with a removed one
// loses its copies too, which the next reads bring back.

/// <summary>What was heard of removed tags: a removal moves one number, however many copies carry the tag, and a copy
/// that carries tags compares them when it is found.</summary>
internal sealed class NearTags
{
    private const int Places = 1024;

    private readonly long[] _stamps = new long[Places];
    private long _removals;

    /// <summary>How many removals were heard; to be noted before the tier is asked.</summary>
    public long Removals => Volatile.Read(ref _removals);

    /// <summary>What a copy has to remember of its tags.</summary>
    /// <param name="tags">The tags.</param>
    /// <param name="before">The removals from before it was read.</param>
    /// <returns>Null where one may have been removed meanwhile.</returns>
    public Seen? See(IReadOnlyList<string> tags, long before)
    {
        var places = new int[tags.Count];
        for (var i = 0; i < places.Length; i++)
        {
            places[i] = PlaceOf(tags[i]);
        }

        // Stamps first, and the writer the other way round: a stamp that was moved too early to be missed shows as a removal.
        var sum = Sum(places);
        return Removals == before ? new Seen(this, places, sum) : null;
    }

    public void Remove(string tag)
    {
        Interlocked.Increment(ref _removals);
        Interlocked.Increment(ref _stamps[PlaceOf(tag)]);
    }

    private static int PlaceOf(string tag) => KeyHasher.Of(tag) & (Places - 1);

    // Stamps only grow, so a sum that stayed means that each of them did.
    private long Sum(int[] places)
    {
        long sum = 0;
        foreach (var place in places)
        {
            sum += Volatile.Read(ref _stamps[place]);
        }

        return sum;
    }

    /// <summary>One copy's tags as they stood when it was read.</summary>
    internal sealed class Seen(NearTags tags, int[] places, long sum)
    {
        /// <summary>Whether one of them was removed since.</summary>
        public bool IsOver => tags.Sum(places) != sum;
    }
}
