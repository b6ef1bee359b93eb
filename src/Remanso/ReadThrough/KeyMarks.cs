using Remanso.Common;

namespace Remanso.ReadThrough;

/// <summary>Tells whether something may have happened to a key since a moment: a count per stripe of keys. A neighbour
/// in the stripe makes it say "maybe" needlessly, never "no" wrongly.</summary>
internal sealed class KeyMarks
{
    private readonly int[] _counts = new int[1024];

    /// <summary>The mark of this moment for a key.</summary>
    public int Of(string key) => Volatile.Read(ref _counts[Stripe(key)]);

    /// <summary>Says that it is about to happen.</summary>
    /// <returns>The mark from which on it may have.</returns>
    public int Add(string key) => Interlocked.Increment(ref _counts[Stripe(key)]);

    private static int Stripe(string key) => KeyHasher.Of(key) & 1023;
}
