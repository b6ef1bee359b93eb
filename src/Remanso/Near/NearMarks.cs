using System.Runtime.InteropServices;
using Remanso.Entries;

namespace Remanso.Near;

/// <summary>What a stripe has heard so far; each number only grows.</summary>
/// <param name="Dropped">How many times one of its keys was invalidated, or may have been.</param>
/// <param name="Changed">How many times a version was announced for one of its keys.</param>
/// <param name="Highest">The highest of these versions.</param>
/// <param name="Settled">How many times one of its keys became clean, or a dead letter.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct NearMarks(long Dropped, long Changed, long Highest, long Settled)
{
    /// <summary>Whether an entry that was read after <paramref name="before"/> was noted may be held now.</summary>
    /// <remarks>The versions of the stripe's other keys count too: an entry at or above the highest is at or above
    /// whatever was announced for its own key. So a process that reads what it has just written holds it, though the
    /// notice of its own write comes in between.</remarks>
    public bool Allow(CacheEntry entry, in NearMarks before) =>
        Dropped == before.Dropped
        && (Changed == before.Changed || entry.Version >= Highest)
        && (Settled == before.Settled || !entry.IsDirty);

    /// <summary>Whether a copy may take the place of another that is still served.</summary>
    public static bool MayReplace(CacheEntry held, CacheEntry offered) =>
        offered.Version > held.Version
        || (offered.Version == held.Version && offered.CachedAt >= held.CachedAt && (held.IsDirty || !offered.IsDirty));
}
