using System.Runtime.InteropServices;
using Remanso.Entries;

namespace Remanso.Redis.Scripts;

/// <summary>What became of a fill.</summary>
/// <param name="Kind">Whether it went in.</param>
/// <param name="Version">The filled version.</param>
/// <param name="Now">When it was filled, by the server's clock.</param>
/// <param name="Current">Where it was refused: what is served instead.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FillReply(FillReplyKind Kind, long Version, long Now, CacheEntry? Current);
