using System.Runtime.InteropServices;

namespace Remanso;

/// <summary>What a write became. To wait for a higher level later: <see cref="ICache{TKey, TValue}.WaitAsync"/>.</summary>
/// <param name="Version">The version that the tier issued.</param>
/// <param name="Durability">The level that was reached.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct WriteReceipt(long Version, Durability Durability);
