namespace Remanso.ReadThrough;

/// <summary>
/// Tells whether a flight may have ended since a moment: a count of ended flights per stripe of keys. A neighbour in the stripe makes it say "maybe" needlessly, never "no" wrongly.
/// </summary>
internal sealed class FlightEnds
{
    private readonly int[] _counts = new int[1024];

    /// <summary>The mark of this moment for a key.</summary>
    public long Of(string key) => Volatile.Read(ref _counts[Stripe(key)]);

    /// <summary>Says that a flight of the key is about to end.</summary>
    public void Mark(string key) => Interlocked.Increment(ref _counts[Stripe(key)]);

    private static int Stripe(string key) => string.GetHashCode(key, StringComparison.Ordinal) & 1023;
}
