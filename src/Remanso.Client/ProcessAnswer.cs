namespace Remanso.Client;

/// <summary>A process that shares the server's tier, as it said itself with its last heartbeat.</summary>
public sealed record ProcessAnswer
{
    /// <summary>Its identifier, made up at its start.</summary>
    public string Id { get; init; } = string.Empty;

    /// <summary>Whether it is the one that answers.</summary>
    public bool This { get; init; }

    /// <summary><c>alive</c>, or <c>dead</c> where it was not heard of for three heartbeats. A dead one is forgotten
    /// after ten minutes; one that stops takes its leave.</summary>
    public string State { get; init; } = "alive";

    /// <summary>What it does among the others, such as <c>all</c>, <c>api</c>, <c>worker</c>; empty where it was not said.</summary>
    public string Role { get; init; } = string.Empty;

    /// <summary>Its version of Remanso.</summary>
    public string Version { get; init; } = string.Empty;

    /// <summary>The name of its machine.</summary>
    public string Machine { get; init; } = string.Empty;

    /// <summary>Its number on that machine.</summary>
    public int Pid { get; init; }

    /// <summary>When it started, by its own clock.</summary>
    public DateTimeOffset StartedAt { get; init; }

    /// <summary>How long ago it was last heard of, in milliseconds.</summary>
    public long SilentMs { get; init; }

    /// <summary>What it does for each cache, by name.</summary>
    public IReadOnlyDictionary<string, CachePart> Caches { get; init; } = new Dictionary<string, CachePart>(StringComparer.Ordinal);

    /// <summary>What a process does for one cache.</summary>
    public sealed record CachePart
    {
        /// <summary><c>alive</c> or <c>dead</c>.</summary>
        public string State { get; init; } = "alive";

        /// <summary>Whether it flushes.</summary>
        public bool Flushes { get; init; }

        /// <summary>The partitions that it held.</summary>
        public IReadOnlyList<int> Partitions { get; init; } = [];

        /// <summary>The number of all partitions.</summary>
        public int Of { get; init; }

        /// <summary>How long ago its heartbeat was, in milliseconds.</summary>
        public long SilentMs { get; init; }
    }
}
