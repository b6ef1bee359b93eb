using Remanso.Common;

namespace Remanso.Tiers;

/// <summary>Makes the tiers of named caches; one provider serves a process (and owns the connections its tiers share).</summary>
internal interface ITierProvider : IAsyncDisposable, IDisposable
{
    /// <summary>Where the tiers live, for people: <c>memory</c>, or the server's address without its password.</summary>
    string Description { get; }

    /// <summary>What is true when a write returns, for people, in one plain sentence.</summary>
    string Promise { get; }

    /// <summary>Makes the tier of a cache; the caller initialises and disposes it.</summary>
    ICacheTier Create(string cache, TierOptions options);

    /// <summary>Notes where others see it that this process uses the caches made so far whose writes go to a store, and tells
    /// what the tier knows of these and of all others, also of those that no process declares any more. None where the
    /// tier is this process's alone, or does not tell.</summary>
    ValueTask<IReadOnlyList<KnownCache>> ListCachesAsync(CancellationToken cancellationToken) => new([]);

    /// <summary>The synchronous half of the disposal, for containers that are disposed of without <c>await</c>: waits
    /// for the asynchronous one.</summary>
    void IDisposable.Dispose()
    {
        Disposal.Run(this);
        GC.SuppressFinalize(this);
    }
}
