using Remanso.Tiers;

namespace Remanso.Simulation.World;

/// <summary>What a journal holds.</summary>
internal sealed class JournalDisk
{
    private readonly SortedDictionary<string, JournalRecord> _rows = new(StringComparer.Ordinal);
    private long _highest;

    public Host Host { get; } = new("disk");

    public TimeSpan Latency { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How often a commit fails.</summary>
    public double Fails { get; set; }

    /// <summary>The moment before which all that was accepted is in it, or stored: the beginning of the last commit.</summary>
    public long CoversUntil { get; private set; }

    public JournalContent Read() => new([.. _rows.Values], _highest, []);

    public void Write(IReadOnlyList<JournalRecord> records, long began)
    {
        CoversUntil = began;
        foreach (var record in records)
        {
            _highest = Math.Max(_highest, record.Version);
            if (record.Entry is null)
            {
                _rows.Remove(record.Key);
            }
            else
            {
                _rows[record.Key] = record;
            }
        }
    }

    /// <summary>What it has of a key; null: nothing is dirty.</summary>
    public JournalRecord? RowOf(string key) => _rows.GetValueOrDefault(key);
}
