namespace Remanso.Tiers;

/// <summary>What a journal held when it was opened.</summary>
/// <param name="Records">The dirty entries of all caches, in any order; each key once, or once for each of its versions.</param>
/// <param name="HighestVersion">No version above it was ever committed; 0 for a new journal.</param>
/// <param name="Damages">What was found damaged and where it was set aside, one line each; empty: nothing was.</param>
internal sealed record JournalContent(IReadOnlyList<JournalRecord> Records, long HighestVersion, IReadOnlyList<string> Damages);
