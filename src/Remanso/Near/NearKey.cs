using System.Runtime.InteropServices;

namespace Remanso.Near;

/// <summary>A key to look for: by itself, or by its string where the codec says that keys can't be compared in its stead.</summary>
/// <param name="Key">The key; not to be looked at where there is a code.</param>
/// <param name="Code">Its string, or null where the key stands for itself.</param>
/// <param name="Hash">The hash of what is compared.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct NearKey<TKey>(TKey Key, string? Code, int Hash)
    where TKey : notnull;
