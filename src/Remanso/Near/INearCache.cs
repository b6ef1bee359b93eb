using Remanso.Tiers;

namespace Remanso.Near;

/// <summary>A near cache of whatever types, for what owns and watches it.</summary>
internal interface INearCache : ITierObserver
{
    /// <summary>Keys held.</summary>
    int Entries { get; }

    /// <summary>Bytes held, as accounted against <see cref="NearOptions.MaxBytes"/>.</summary>
    long Bytes { get; }

    /// <summary>Drops everything, and what reads that are under way bring.</summary>
    void Clear();

    /// <summary>The tier can't be reached for some keys: as <see cref="Clear"/>, but what
    /// <see cref="NearOptions.KeepWhenTierIsDown"/> keeps for them.</summary>
    void OnDown();

    /// <summary>A partition of the tier is about to be used again: what was kept of it is dropped.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="isLast">Whether all of the tier is in reach then.</param>
    void OnUp(int partition, bool isLast);
}
