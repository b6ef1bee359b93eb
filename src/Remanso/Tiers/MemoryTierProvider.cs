using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Remanso.Tiers.Memory;

namespace Remanso.Tiers;

/// <summary>Makes memory tiers: one process, no server; with a journal, what is dirty survives the process.</summary>
internal sealed class MemoryTierProvider : ITierProvider
{
    private readonly TimeProvider _time;
    private readonly JournalWriter? _journal;
    private readonly ClockAlarm _alarm = new();
    private readonly Dictionary<string, NotedStore> _stores = new(StringComparer.Ordinal);

    /// <summary>Creates the provider.</summary>
    /// <param name="time">The clock of the tiers.</param>
    /// <param name="journal">Where dirty entries are kept beside the memory; null: nowhere. The provider disposes it.</param>
    /// <param name="logger">Hears of recovery, damage and failures of the journal.</param>
    public MemoryTierProvider(TimeProvider time, ITierJournal? journal = null, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(time);
        _time = time;
        _journal = journal is null ? null : new JournalWriter(journal, time, logger ?? NullLogger.Instance);
    }

    /// <inheritdoc/>
    public string Description => _journal is null ? "memory" : $"memory, journal {_journal.Description}";

    /// <inheritdoc/>
    public string Promise =>
        _journal is null
            ? "An accepted write is in this process's memory: it is lost if the process dies before its flush."
            : "An accepted write is in this process's memory, and in the journal one fsync later: it is lost if the process "
                + "dies before that. A logged one is not.";

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public ICacheTier Create(string cache, TierOptions options)
    {
        if (_journal is null)
        {
            return new MemoryTier(cache, options, _time, journal: null, _alarm);
        }

        _stores[cache] = options.NotedStore;
        return new MemoryTier(cache, options, _time, new TierJournal(cache, _journal, _stores, options.KeepsVersions), _alarm);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _journal?.DisposeAsync() ?? ValueTask.CompletedTask;
}
