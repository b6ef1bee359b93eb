namespace Remanso.Tiers.Eviction;

// Three votes, in bytes, each worth what was read:
//
// - A key comes back that left the small queue lately: more room there would have hit it. More.
// - A key comes back that left main lately, or a guest of main is read: the same room in main would have hit it, or
//   did. Less.
// - An unread newcomer leaves: it had its trial and didn't need one so long. A twentieth less.
//
// "Lately" is the last tenth of the keys held, for both queues alike, so that the votes compare what the next bytes
// would be worth here and there. The third vote is what ends a share that nobody needs any more: a large small queue
// in which everything is hit in time has no ghosts that come back, nor has one in which nothing is hit.

/// <summary>How much of the memory newcomers have for their trial: a tenth, and more while more is worth it.</summary>
internal sealed class SmallShare
{
    // Of what the queues hold, a tenth stands for small. What it has beyond is counted in such fractions of a byte that
    // a twentieth of a byte, times the tenth of the comparison below, is a whole number.
    private const int Fractions = 32;
    private const int Byte = 10 * Fractions;
    private const int TwentiethOfAByte = Byte / 20;
    private const int EightTenthsOfAByte = Byte * 8 / 10;

    private long _beyond;

    /// <summary>Whether a small queue of this weight has all its room.</summary>
    /// <param name="small">Bytes of the small queue.</param>
    /// <param name="held">Bytes of all queues, those put aside not included.</param>
    internal bool IsFull(long small, long held) => ((small * 10) - held) * Fractions >= Math.Min(_beyond, held * EightTenthsOfAByte);

    /// <summary>A key came back that more room for newcomers would have kept.</summary>
    internal void Grow(long weight, long held) => _beyond = Math.Min(_beyond + (weight * Byte), held * EightTenthsOfAByte);

    /// <summary>A key came back that main had to give up lately.</summary>
    internal void Shrink(long weight) => Take(weight * Byte);

    /// <summary>A guest was read.</summary>
    /// <param name="weight">Its bytes.</param>
    /// <param name="lately">Keys that count as lately.</param>
    /// <param name="guests">Keys that are guests: where they are more, each read counts for less.</param>
    internal void ShrinkForGuest(long weight, int lately, int guests) => Take(weight * Byte * Math.Min(lately, guests) / guests);

    /// <summary>A newcomer left unread.</summary>
    internal void Waste(long weight) => Take(weight * TwentiethOfAByte);

    private void Take(long fractions) => _beyond = Math.Max(0, _beyond - fractions);
}
