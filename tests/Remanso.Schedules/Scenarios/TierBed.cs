using System.Collections.Frozen;
using System.Text;
using Remanso.Entries;
using Remanso.Testing;
using Remanso.Tiers;

namespace Remanso.Schedules.Scenarios;

// Between any two steps of a scenario anything may come. So what holds is looked at after each of them: at the end alone a settlement
// that is
// wrong for a moment is not seen.

/// <summary>A memory tier of one key in front of a store that keeps the highest version, and what has to hold of both.</summary>
internal sealed class TierBed
{
    public const string Key = "key";

    /// <summary>How long a settled copy is fresh: shorter than a fill lease, so that it can be gone while a load is still under
    /// way.</summary>
    public static readonly TimeSpan Ttl = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan _hour = TimeSpan.FromHours(1);

    private readonly object _gate = new();
    private readonly List<long> _accepted = [];
    private long _highest;
    private long _row;
    private string? _rowValue;
    private long _seen;

    public TierBed(Func<TierOptions, MemoryTier>? make = null)
    {
        var options = new TierOptions { Partitions = 1 };
        Tier = make?.Invoke(options) ?? new MemoryTier("test", options, Time);
    }

    public ManualTimeProvider Time { get; } = new();

    public MemoryTier Tier { get; }

    /// <summary>The version of the store's row; 0 for none.</summary>
    public long Row
    {
        get
        {
            lock (_gate)
            {
                return _row;
            }
        }
    }

    public static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public CacheEntry? Read() => Tier.ReadAsync(Key, 0, default).Result.Entry;

    /// <summary>Writes, and from then on nobody may lose it or see an older one.</summary>
    public async Task<long> WriteAsync(string value, string? tag = null, bool isTombstone = false)
    {
        var write = new TierWrite
        {
            Key = Key,
            Value = isTombstone ? default : Bytes(value),
            Tombstone = isTombstone,
            Tags = tag is null ? null : [tag],
        };
        var result = await Tier.WriteAsync(write, default);
        Must.Hold(result.Outcome == TierWriteOutcome.Accepted, $"a write was {result.Outcome}");
        lock (_gate)
        {
            Must.Hold(!_accepted.Contains(result.Version), "a version was issued twice");
            _accepted.Add(result.Version);
            _highest = Math.Max(_highest, result.Version);
        }

        Look(atLeast: result.Version);
        return result.Version;
    }

    /// <summary>What is in the tier is no older than this, nor than what was accepted, and what is clean is in the store.</summary>
    public void Look(long atLeast = 0)
    {
        lock (_gate)
        {
            atLeast = Math.Max(atLeast, _highest);
        }

        var entry = Read();
        if (entry is null)
        {
            Must.Hold(Row >= atLeast, $"version {atLeast} was accepted, and is neither in the tier nor in the store");
            return;
        }

        Must.Hold(entry.Version >= atLeast, $"after version {atLeast} a reader got {entry.Version}");
        Must.Hold(entry.IsDirty || Row >= entry.Version, $"version {entry.Version} is clean, and the store has {Row}");
    }

    /// <summary>A reader that never sees an older version than before.</summary>
    public async Task WatchAsync(int times)
    {
        var seen = 0L;
        for (; times > 0; times--)
        {
            if (Read() is { } entry)
            {
                Must.Hold(entry.Version >= seen, $"a reader went back from {seen} to {entry.Version}");
                seen = entry.Version;
            }

            Look();
            await Task.Yield();
        }
    }

    /// <summary>The store: the highest version wins.</summary>
    public long Save(CacheEntry entry)
    {
        lock (_gate)
        {
            if (entry.Version > _row)
            {
                (_row, _rowValue) = (entry.Version, entry.IsTombstone ? null : Encoding.UTF8.GetString(entry.Value.Span));
            }

            Must.Hold(_row >= _seen, "the store's version went back");
            return _seen = _row;
        }
    }

    /// <summary>A row that others wrote, behind the cache.</summary>
    public void WriteRow(string value, long version)
    {
        lock (_gate)
        {
            if (version > _row)
            {
                (_row, _rowValue) = (version, value);
            }
        }
    }

    public (long Version, string? Value) Load()
    {
        lock (_gate)
        {
            return (_row, _rowValue);
        }
    }

    /// <summary>What a worker does: take, save, settle.</summary>
    public async Task FlushAsync(string worker, SettlementKind kind = SettlementKind.Stored)
    {
        var leases = await Tier.AcquirePartitionsAsync(worker, [0], _hour, default);
        if (leases.Count == 0)
        {
            return;
        }

        var taken = await Tier.TakeAsync(leases, 10, FrozenDictionary<string, long>.Empty, default);
        await Task.Yield();
        foreach (var entry in taken)
        {
            var row = kind == SettlementKind.Stored ? Save(entry.Entry) : 0;
            Look();
            await Task.Yield();
            await Tier.SettleAsync([SettlementOf(entry, kind, row)], default);
            Look();
        }

        await Tier.ReleasePartitionsAsync(leases, default);
    }

    /// <summary>At last all that was accepted is in the store.</summary>
    public async Task EndAsync()
    {
        // A pass for what is unsettled, and one for what was written meanwhile.
        for (var passes = 0; passes < 2; passes++)
        {
            await Tier.ReplayDeadLettersAsync([Key], default);
            await FlushAsync("last");
        }

        Must.Hold(Tier.Dirty is { Entries: 0, DeadLetters: 0 }, $"{Tier.Dirty.Entries} entries are dirty, and nobody takes them");

        lock (_gate)
        {
            Must.Hold(_accepted.Count == 0 || _row >= _accepted.Max(), "what was accepted last is not in the store");
        }

        Look(_accepted.Count == 0 ? 0 : _accepted.Max());
    }

    private static Settlement SettlementOf(TakenEntry taken, SettlementKind kind, long row) =>
        new()
        {
            Taken = taken,
            Kind = kind == SettlementKind.Stored && row > taken.Entry.Version ? SettlementKind.Superseded : kind,
            Ttl = Ttl,
            Error = kind == SettlementKind.DeadLettered ? "refused" : null,
            StoreRow = row > taken.Entry.Version ? new CacheEntry { Version = row, Value = Bytes("row") } : null,
        };
}
