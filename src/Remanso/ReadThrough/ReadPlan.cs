using Remanso.Entries;
using Remanso.Tiers;

namespace Remanso.ReadThrough;

/// <summary>What one read wants beyond its key.</summary>
internal sealed record ReadPlan
{
    /// <summary>From the tier, else from the store, as the cache's options say.</summary>
    public static readonly ReadPlan Default = new();

    /// <summary>Loads the key; the store where null.</summary>
    public KeyLoader? Loader { get; init; }

    /// <summary>Whether <see cref="Loader"/> is the cache's own one, which takes a place in the bulkhead. A caller's
    /// loader does not: it may itself wait for loads of the cache.</summary>
    public bool IsBounded { get; init; }

    /// <summary>What the caller wants; null: what the cache's options say.</summary>
    public ReadOptions? Options { get; init; }

    /// <summary>Cancelled when the caller has waited for as long as it will.</summary>
    public CancellationToken Limit { get; init; }

    /// <summary>What is left out.</summary>
    public ReadSkip Skips => (Options?.Skips ?? ReadSkip.None) | (IsAnew ? ReadSkip.TierRead : ReadSkip.None);

    /// <summary>The same without a look at the copies that are there.</summary>
    public ReadPlan Anew() => this with { IsAnew = true };

    private bool IsAnew { get; init; }

    /// <summary>Whether a write waits for the copy: what is loaded is kept for long enough then, also what its loader does
    /// not want cached.</summary>
    public bool IsForWrite { get; init; }

    /// <summary>Whether a load may fill the tier.</summary>
    public bool Fills => (Skips & ReadSkip.TierWrite) == 0;

    /// <summary>Whether a stale copy is the answer, without a load.</summary>
    public bool TakesStaleAtOnce => Options?.Stale == StaleCopies.AtOnce;

    /// <summary>Whether it may run without a caller who waits for it: what a caller brought along may end with the caller.</summary>
    public bool MayRunInBackground(LoadOptions options) =>
        Loader is null || IsBounded || (Options?.InBackground ?? options.CallersInBackground);

    /// <summary>The copy that this caller may have though it is past its TTL; null where there is none.</summary>
    public CacheEntry? StaleOf(in TierRead read, long now) =>
        read is { Outcome: TierReadOutcome.Stale, Entry: { } entry }
        && (
            Options is not { } asked
            || (asked.Stale != StaleCopies.Never && (asked.MaxStaleness is not { } most || now <= TierClock.After(entry.FreshUntil, most)))
        )
            ? entry
            : null;
}
