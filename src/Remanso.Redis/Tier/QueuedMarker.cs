using System.Runtime.InteropServices;

namespace Remanso.Redis.Tier;

/// <summary>A marker in a partition's queue.</summary>
/// <param name="Id">Its place in the stream: the microsecond in which it was queued, or one more than the last.</param>
/// <param name="Key">The key that is dirty.</param>
/// <param name="TraceParent">The trace that queued it, where it is known.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct QueuedMarker(long Id, string Key, string? TraceParent);
