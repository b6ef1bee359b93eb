using System.Runtime.InteropServices;

namespace Remanso;

/// <summary>One change in a cache, as a watcher is told of it (<see cref="ICache{TKey, TValue}.WatchAsync"/>).</summary>
/// <param name="Kind">What changed.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CacheChange<TKey, TValue>(CacheChangeKind Kind)
    where TKey : notnull
{
    /// <summary>The key of what was written, removed or invalidated; the type's default elsewhere.</summary>
    public TKey? Key { get; init; }

    /// <summary>The version of a write or a removal; grows per key. 0 elsewhere.</summary>
    public long Version { get; init; }

    /// <summary>The tag, of <see cref="CacheChangeKind.TagInvalidated"/>.</summary>
    public string? Tag { get; init; }

    /// <summary>Why changes may be missing, of <see cref="CacheChangeKind.Gap"/>.</summary>
    public WatchGap Gap { get; init; }

    /// <summary>What a read of the key gave after the change, where <see cref="WatchOptions{TKey}.WithValues"/> asks
    /// for it: perhaps of a version that is higher than <see cref="Version"/> and told next. Null elsewhere.</summary>
    public ReadResult<TValue>? Read { get; init; }

    /// <summary>Where the watch stands after this change: for <see cref="WatchOptions{TKey}.After"/> of a later one.</summary>
    public WatchPosition Position { get; init; }
}
