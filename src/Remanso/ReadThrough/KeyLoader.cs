using Remanso.Entries;

namespace Remanso.ReadThrough;

/// <summary>A caller's loader in tier form.</summary>
/// <param name="previous">What the tier held of the key when the load began: stale, or about to be; null where it held nothing.</param>
/// <param name="cancellationToken">Cancelled when nobody waits any more, and at the deadline.</param>
internal delegate ValueTask<LoadedValue> KeyLoader(CacheEntry? previous, CancellationToken cancellationToken);
