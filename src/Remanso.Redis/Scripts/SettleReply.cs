using Remanso.Tiers;

namespace Remanso.Redis.Scripts;

/// <summary>What became of the settlements of one call.</summary>
/// <param name="lost">Whether the lease was lost, and nothing changed.</param>
/// <param name="left">The places of those that are not settled, each with what the script says of it.</param>
internal sealed class SettleReply(bool lost, IReadOnlyDictionary<int, int> left)
{
    // The entry has changed, and its only marker is the one with which it was taken: that must stay in the queue.
    private const int UnderItsMarker = 2;

    /// <summary>What became of one.</summary>
    public SettleResult this[int place] =>
        lost ? SettleResult.LeaseLost
        : left.ContainsKey(place) ? SettleResult.StillDirty
        : SettleResult.Settled;

    /// <summary>Whether the marker with which it was taken has something left to say.</summary>
    public bool KeepsMarker(int place) => lost || left.GetValueOrDefault(place) == UnderItsMarker;
}
