using System.Runtime.InteropServices;

namespace Remanso;

/// <summary>What a merge of numbers became.</summary>
/// <param name="Value">The number that it left. Each increment sees its own: of concurrent ones no two the same, unless
/// something was taken away as well.</param>
/// <param name="Receipt">Version and durability. Where the number stayed as it was, nothing was written, and the
/// version is the one that was there.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CounterReceipt(long Value, WriteReceipt Receipt);
