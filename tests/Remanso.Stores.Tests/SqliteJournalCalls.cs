using Remanso.Sqlite;
using Remanso.Tiers;

namespace Remanso.Stores.Tests;

internal static class SqliteJournalCalls
{
    /// <summary>Opens a journal of caches whose stores nobody names.</summary>
    public static ValueTask<JournalContent> OpenAsync(this SqliteJournal journal, CancellationToken cancellationToken) =>
        journal.OpenAsync(new Dictionary<string, NotedStore>(), cancellationToken);
}
