using Remanso.Tiers;

namespace Remanso.Redis.Tier;

/// <summary>The names of one cache's keys.</summary>
internal sealed class CacheKeys
{
    private readonly PartitionKeys[] _partitions;

    public CacheKeys(string prefix, string cache, int partitions)
    {
        Cache = cache;
        Meta = $"{prefix}:{{{cache}}}:meta";
        Workers = $"{prefix}:{{{cache}}}:workers";
        Beats = $"{prefix}:{{{cache}}}:beats";
        Trials = $"{prefix}:{{{cache}}}:trials";
        Processes = $"{prefix}:{{{cache}}}:processes";
        _partitions = [.. Enumerable.Range(0, partitions).Select(index => new PartitionKeys(prefix, cache, index))];
    }

    public string Cache { get; }

    /// <summary>A hash with what all processes must agree on, <see cref="Agreement"/>.</summary>
    public string Meta { get; }

    /// <summary>The workers alive, scored with the millisecond until which they are.</summary>
    public string Workers { get; }

    /// <summary>The same workers, scored with the millisecond in which each said so last.</summary>
    public string Beats { get; }

    /// <summary>Those of them that are on trial, scored with the milliseconds that are left of it.</summary>
    public string Trials { get; }

    /// <summary>What each process says of itself, scored with the millisecond until which it is remembered; only for people.</summary>
    public string Processes { get; }

    public ReadOnlySpan<PartitionKeys> Partitions => _partitions;

    public PartitionKeys this[int partition] => _partitions[partition];

    /// <summary>The partition of a key.</summary>
    public PartitionKeys Of(string key) => _partitions[Partition.Of(key, _partitions.Length)];

    /// <summary>Keys by partition, in groups of at most <paramref name="most"/>.</summary>
    public IReadOnlyList<(PartitionKeys Partition, IReadOnlyList<string> Keys)> Group(IReadOnlyList<string> keys, int most) =>
        [.. keys.GroupBy(Of).SelectMany(group => group.Chunk(most).Select(chunk => (group.Key, (IReadOnlyList<string>)chunk)))];
}
