using System.Runtime.InteropServices;

namespace Remanso.Redis.Tier;

/// <summary>An amount of dirty entries.</summary>
/// <param name="Entries">How many.</param>
/// <param name="Bytes">The bytes of their keys and values.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DirtyAmount(long Entries, long Bytes);
