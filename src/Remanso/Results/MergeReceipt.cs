using System.Runtime.InteropServices;

namespace Remanso;

/// <summary>What a merge became.</summary>
/// <param name="Number">The number that it left; of JSON, the bytes of the value that it left.</param>
/// <param name="Receipt">Version and durability. Where the merge left the value as it was, nothing was written, and the
/// version is the one that was there.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct MergeReceipt(long Number, WriteReceipt Receipt);
