using Remanso.Client;

namespace Remanso.Server.Commands.Remote;

/// <summary>What a server tells of itself: who stores what is written, and whether it reaches its tier.</summary>
internal static class Told
{
    extension(CacheCounts counts)
    {
        /// <summary>Whether the server can't reach its tier: what is not stored is then of an earlier time, or not known.</summary>
        public bool IsTierAway => !counts.IsDirtyKnown || counts.DirtyAsOf is not null;
    }

    extension(ProcessAnswer process)
    {
        /// <summary>Whether it is alive and flushes the cache.</summary>
        public bool Flushes(string cache) =>
            process.State == "alive" && process.Caches.TryGetValue(cache, out var part) && part is { Flushes: true, State: "alive" };
    }
}
