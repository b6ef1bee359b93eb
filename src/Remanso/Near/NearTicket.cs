using System.Runtime.InteropServices;

namespace Remanso.Near;

/// <summary>What had been heard when a read began: the right to hold what it brings, if nothing to the contrary is
/// heard meanwhile.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct NearTicket<TKey, TValue>(
    NearTable<TKey, TValue> Table,
    NearKey<TKey> Key,
    NearMarks Marks,
    long Removals,
    long Began
)
    where TKey : notnull;
