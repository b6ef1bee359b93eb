using System.Runtime.InteropServices;
using Remanso.Entries;

namespace Remanso.ReadThrough;

/// <summary>What a read found, before it is decoded.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Answer(CacheEntry? Entry, ReadSource Source, ReadFlags Flags);
