using System.Runtime.InteropServices;
using Remanso.Entries;

namespace Remanso.ReadThrough;

/// <summary>What a read found, before it is decoded.</summary>
/// <param name="Entry">The entry, or null.</param>
/// <param name="Source">Where it was found.</param>
/// <param name="Flags">What is to be said of it.</param>
/// <param name="Decided">Of a flight's answer that the tier vouches for: the mark (<see cref="FlightMarks"/>) before it
/// did; of one that it was to vouch for and did not answer: the mark before the load; 0 of any other.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Answer(CacheEntry? Entry, ReadSource Source, ReadFlags Flags, long Decided = 0);
