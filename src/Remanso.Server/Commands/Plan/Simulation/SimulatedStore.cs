using Remanso.Entries;

namespace Remanso.Server.Commands.Plan.Simulation;

/// <summary>The database: of each key, the version and length of its row, without the bytes.</summary>
internal sealed class SimulatedStore(Trace trace, StoreModel model, int fullBatch)
{
    // What was there before anybody wrote through the cache is below all versions that a tier issues.
    private const long FirstVersion = 1;

    private readonly (long Version, int Bytes)[] _rows = [.. trace.FirstBytes.Select(static bytes => (FirstVersion, bytes))];
    private double _freeAt;

    /// <summary>The length of a value that a call reads or writes: what it told, else the row's; below 0 where there is no value.</summary>
    public int BytesOf(in TracedCall call) => call.Bytes != TracedCall.Unknown ? call.Bytes : _rows[call.Key].Bytes;

    /// <summary>The version of a row.</summary>
    public long VersionOf(int key) => _rows[key].Version;

    /// <summary>How long the query of a read takes.</summary>
    public long QueryMicros(in TracedCall call) => call.CostMicros >= 0 ? call.CostMicros : (long)model.Query.TotalMicroseconds;

    /// <summary>When a batch that leaves now is stored.</summary>
    public long StoredAt(long now, int rows)
    {
        var alone = now + model.BatchMicros(rows, fullBatch);
        if (model.RowsPerSecond <= 0)
        {
            return alone;
        }

        _freeAt = Math.Max(now, _freeAt) + (rows / model.RowsPerSecond * 1_000_000);
        return Math.Max(alone, (long)_freeAt);
    }

    /// <summary>Stores one entry: the highest version wins.</summary>
    public void Save(int key, CacheEntry entry)
    {
        if (entry.Version > _rows[key].Version)
        {
            _rows[key] = (entry.Version, entry.IsTombstone ? TracedCall.Absent : entry.Value.Length);
        }
    }
}
