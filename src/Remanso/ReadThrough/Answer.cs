using System.Runtime.InteropServices;
using Remanso.Entries;

namespace Remanso.ReadThrough;

/// <summary>What a read found, before it is decoded.</summary>
/// <param name="Entry">The entry, or null.</param>
/// <param name="Source">Where it was found.</param>
/// <param name="Flags">What is to be said of it.</param>
/// <param name="Decided">Of a flight's answer that the tier vouches for: the mark (<see cref="FlightMarks"/>) before it
/// did; of a flight's other answers: the mark before the load; 0 of what no flight brought.</param>
/// <param name="Lease">The fill lease of the load that a flight's answer is of, which is over; 0 for none.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Answer(CacheEntry? Entry, ReadSource Source, ReadFlags Flags, long Decided = 0, long Lease = 0);
