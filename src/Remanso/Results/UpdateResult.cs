using System.Runtime.InteropServices;

namespace Remanso;

/// <summary>What an update did.</summary>
/// <typeparam name="TValue">The value.</typeparam>
/// <param name="Kind">What was done.</param>
/// <param name="Value">The key's value now; the type's default where it has none.</param>
/// <param name="Receipt">What the write became; where nothing was written, the version that was read (0: absent),
/// <see cref="Durability.Accepted"/>.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct UpdateResult<TValue>(UpdateKind Kind, TValue? Value, WriteReceipt Receipt);
