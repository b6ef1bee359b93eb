using Remanso.Redis.Tier;

namespace Remanso.Redis.Watch;

/// <summary>A cache that <see cref="ServerWatch"/> looks after.</summary>
internal interface IWatchedCache
{
    /// <summary>Its names.</summary>
    CacheKeys Keys { get; }

    /// <summary>Notes by how many bytes what is dirty may grow until the next look; no limit is <see cref="long.MaxValue"/>.</summary>
    void NoteRoom(long bytes);

    /// <summary>Checks whether it and the other processes still agree; what is wrong is the cache's to tell.</summary>
    ValueTask VerifyAsync(CancellationToken cancellationToken);
}
