using Remanso.Tiers;

namespace Remanso.WriteBehind;

// A version that the tier no longer has is judged by the store's row. One of this version or a higher one says that it is
// stored; one of a lower version says that it was lost, for versions of a key grow. No row at all says that it was lost
// only where a delete, be it this write or a later one, would have left a row that is still there: otherwise what a
// stored delete leaves and what a lost write leaves are the same.

/// <summary>What the store tells of a version that the tier no longer has.</summary>
/// <param name="loadVersion">Asks the store for the version of a key's row; null where there is none.</param>
/// <param name="keepsDeletes">Whether a delete leaves a row.</param>
/// <param name="purge">How long such a row stays.</param>
/// <param name="tier">Whose clock versions are of.</param>
internal sealed class StoreEvidence(
    Func<string, CancellationToken, ValueTask<long?>> loadVersion,
    bool keepsDeletes,
    PurgeOptions purge,
    ICacheTier tier
)
{
    /// <summary>What is said of a version that is nowhere.</summary>
    public const string Lost =
        "neither the tier nor the store has it or a later one: it was lost with the tier's data, or was a dead letter and was dropped.";

    /// <summary>What is said where nothing tells a stored delete from a lost write.</summary>
    public const string Unknown =
        "neither the tier nor the store has anything of the key, and the store keeps no row of a delete, or none as old: "
        + "it was stored and the key is deleted, or it was lost.";

    // By how much clocks may differ: a row may be purged that much earlier.
    private static readonly TimeSpan _skew = TimeSpan.FromMinutes(1);

    /// <summary>Why a version is not known to be stored; null where it is.</summary>
    public async ValueTask<string?> WhyNotStoredAsync(string key, long version, CancellationToken cancellationToken) =>
        await loadVersion(key, cancellationToken).ConfigureAwait(false) is { } row
            ? row >= version
                ? null
                : Lost
            : keepsDeletes && !MayBePurged(version)
                ? Lost
                : Unknown;

    /// <summary>What a writer gets who waits for what is lost, or may be.</summary>
    public static DurabilityNotReachedException Refusal(long version, Durability level, string why) =>
        why == Unknown ? new(version, level, why) { IsUnknown = true } : new(version, level, why, isAccepted: false);

    private bool MayBePurged(long version) =>
        purge.Retention > TimeSpan.Zero && tier.Now - version > (purge.Retention - _skew).Ticks / TimeSpan.TicksPerMicrosecond;
}
