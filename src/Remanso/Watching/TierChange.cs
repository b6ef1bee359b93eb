using System.Runtime.InteropServices;

namespace Remanso.Watching;

/// <summary>A change in terms of the tier.</summary>
/// <param name="Kind">What changed.</param>
/// <param name="Text">The key, or the tag; null where there is neither.</param>
/// <param name="Version">The version of a write or a removal, else 0.</param>
/// <param name="Gap">Why changes may be missing.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct TierChange(CacheChangeKind Kind, string? Text = null, long Version = 0, WatchGap Gap = WatchGap.None)
{
    /// <summary>Whether it is about one key.</summary>
    public bool HasKey => Kind is CacheChangeKind.Written or CacheChangeKind.Removed or CacheChangeKind.Invalidated;
}
