using System.Runtime.InteropServices;

namespace Remanso;

/// <summary>How much is accepted and not yet stored.</summary>
/// <param name="Entries">Dirty entries, dead letters not among them; where every version is kept
/// (<see cref="TierOptions.KeepsVersions"/>), versions.</param>
/// <param name="Bytes">Bytes of their keys and values.</param>
/// <param name="OldestAge">For how long the oldest of them has been dirty: the lag that matters. Zero where there is none.</param>
/// <param name="DeadLetters">Entries that the store refused for good.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct DirtySummary(long Entries, long Bytes, TimeSpan OldestAge, long DeadLetters);
