using System.Runtime.InteropServices;

namespace Remanso.Near;

/// <summary>A key to look for: by itself, or by a string.</summary>
/// <param name="Key">The key; not to be looked at where there is a string.</param>
/// <param name="Code">The string (<see cref="NearKeys{TKey}.CodeOf"/>), or null where the key stands for itself.</param>
/// <param name="Hash">The hash of what is compared.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct NearKey<TKey>(TKey Key, string? Code, int Hash)
    where TKey : notnull;
