using Remanso.Common;

namespace Remanso.Tiers;

// One journal serves all caches of a process. Its methods are never called at the same time; the tier gathers what is
// to be written (group commit), tries again what failed, and decides who waits for what.

/// <summary>Keeps the dirty entries of a memory tier where they survive the process and the power: one row for each
/// dirty key, the last version of it; of caches that keep every version, one row for each version that is not stored
/// (<see cref="JournalRecord.IsOneOfMany"/>).</summary>
internal interface ITierJournal : IAsyncDisposable, IDisposable
{
    /// <summary>Where it is, for people.</summary>
    string Description { get; }

    /// <summary>Takes the journal for this process and reads it. What is damaged is set aside, never dropped in
    /// silence; what can be read of it is in the result, and in the journal that takes its place.</summary>
    /// <param name="stores">What names the store of each cache. It is noted with what is written; what is there of
    /// another store is not given to this one.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="TierJournalException">It can't be used: another process has it, it can't be written, or has
    /// entries of another store.</exception>
    ValueTask<JournalContent> OpenAsync(IReadOnlyDictionary<string, NotedStore> stores, CancellationToken cancellationToken);

    /// <summary>Writes all of the records in one transaction. When it returns, they survive a power cut.</summary>
    /// <param name="records">The records, of each key in their order; no key occurs twice, but for those of many versions.</param>
    /// <param name="cancellationToken">Cancels the attempt.</param>
    /// <exception cref="TierJournalException">Nothing of it is written.</exception>
    ValueTask CommitAsync(IReadOnlyList<JournalRecord> records, CancellationToken cancellationToken);

    /// <summary>The synchronous half of the disposal, for containers that are disposed of without <c>await</c>: waits
    /// for the asynchronous one.</summary>
    void IDisposable.Dispose()
    {
        Disposal.Run(this);
        GC.SuppressFinalize(this);
    }
}
