using System.Runtime.InteropServices;

namespace Remanso;

/// <summary>What an increment became.</summary>
/// <param name="Value">The sum that it left. Each increment sees its own: of concurrent ones no two the same, unless something was taken away as well.</param>
/// <param name="Receipt">Version and durability.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CounterReceipt(long Value, WriteReceipt Receipt);
