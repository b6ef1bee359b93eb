using System.Runtime.InteropServices;

namespace Remanso.Redis.Inspection;

/// <summary>What of one cache is not in the store.</summary>
/// <param name="Entries">How many entries are dirty.</param>
/// <param name="Oldest">For how long the oldest has been.</param>
/// <param name="DeadLetters">How many entries the store refused.</param>
/// <param name="Workers">How many workers are alive.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Backlog(long Entries, TimeSpan Oldest, long DeadLetters, long Workers);
