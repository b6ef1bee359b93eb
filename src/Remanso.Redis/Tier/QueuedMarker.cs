using System.Runtime.InteropServices;

namespace Remanso.Redis.Tier;

/// <summary>A marker in a partition's queue.</summary>
/// <param name="Id">Its place in the stream.</param>
/// <param name="Key">The key that is dirty.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct QueuedMarker(string Id, string Key);
