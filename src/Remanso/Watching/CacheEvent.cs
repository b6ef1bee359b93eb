using System.Runtime.InteropServices;

namespace Remanso;

/// <summary>Something that happened in a cache of this process: what an observer hears
/// (<see cref="ICacheRegistry.Observe"/>). Values are no part of it.</summary>
/// <param name="Cache">The cache's name.</param>
/// <param name="Kind">What happened: one kind.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct CacheEvent(string Cache, CacheEventKinds Kind)
{
    /// <summary>The key as the tier has it (<see cref="IKeyCodec{TKey}"/>); null where it is about many keys, or all.</summary>
    public string? Key { get; init; }

    /// <summary>The tag that was removed or expired; null where it is about none.</summary>
    public string? Tag { get; init; }

    /// <summary>Which layer answered a read, or evicted; null elsewhere.</summary>
    public ReadSource? Source { get; init; }

    /// <summary>The version that was read, written, stored or refused; 0 where there is none, or where it is not known.</summary>
    public long Version { get; init; }

    /// <summary>How many entries it is about; 0 where that is not known (a tag, all).</summary>
    public int Count { get; init; } = 1;

    /// <summary>How long a load, or the save of a batch, took; 0 elsewhere.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>What went wrong; null where nothing did.</summary>
    public string? Error { get; init; }
}
