using Remanso.Entries;

namespace Remanso.Tiers.Memory;

/// <summary>The versions of one key that were overwritten before they were stored, oldest first; guarded by the partition's gate.</summary>
internal sealed class KeptVersions(string key)
{
    private readonly Queue<CacheEntry> _versions = new();

    internal KeptSum Sum { get; private set; }

    internal int Count => _versions.Count;

    /// <summary>Adds the version that was overwritten last.</summary>
    internal void Add(CacheEntry version)
    {
        _versions.Enqueue(version);
        Sum += KeptSum.Of(key, version);
    }

    /// <summary>Forgets the versions up to one.</summary>
    internal void ForgetUpTo(long version)
    {
        while (_versions.TryPeek(out var oldest) && oldest.Version <= version)
        {
            Sum -= KeptSum.Of(key, oldest);
            _versions.Dequeue();
        }
    }

    /// <summary>The oldest versions, as many as a batch has room for; at least one.</summary>
    /// <param name="current">The version that is not among them.</param>
    /// <param name="room">How many fit.</param>
    /// <param name="bytes">How many bytes of values fit.</param>
    /// <returns>What fits, oldest first, and the version behind it; null where all fit, the current one among them.</returns>
    internal (CacheEntry[] Versions, CacheEntry? Next) Oldest(CacheEntry current, int room, long bytes)
    {
        var fitting = new List<CacheEntry>(Math.Min(room, _versions.Count + 1));
        foreach (var version in _versions.Append(current))
        {
            bytes -= version.Value.Length;
            if (fitting.Count > 0 && (fitting.Count >= room || bytes < 0))
            {
                return ([.. fitting], version);
            }

            fitting.Add(version);
        }

        return ([.. fitting], null);
    }
}
