using System.Runtime.InteropServices;

namespace Remanso.Load.Driving;

/// <summary>One answer of a burst.</summary>
/// <param name="Status">The status code.</param>
/// <param name="CacheStatus">The header of RFC 9211, or null.</param>
/// <param name="Sent">When the request was sent.</param>
/// <param name="Answered">When its answer was there.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BurstAnswer(int Status, string? CacheStatus, long Sent, long Answered);
