namespace Remanso;

/// <summary>What becomes of a write while the tier can't be reached. Reads go to the store either way.</summary>
public enum WhenTierIsDown
{
    /// <summary>It is refused with <see cref="TierUnavailableException"/>: nothing is ever ahead of the tier.</summary>
    Refuse,

    /// <summary>It goes to the store at once, with a version above the row's, and its receipt says
    /// <see cref="Durability.Stored"/>. What the tier had accepted and not flushed before is not seen; the guarantees'
    /// page tells what that can cost.
    /// </summary>
    WriteThrough,
}
