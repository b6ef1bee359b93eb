using Remanso.Entries;

namespace Remanso.Redis.Tier;

/// <summary>What was read of the versions that are kept of one key.</summary>
/// <param name="Versions">The oldest of them, in their order.</param>
/// <param name="IsCut">Whether no more were asked for because these have bytes enough.</param>
internal readonly record struct KeptRead(List<CacheEntry> Versions, bool IsCut);
