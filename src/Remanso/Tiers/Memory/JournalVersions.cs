namespace Remanso.Tiers.Memory;

/// <summary>What a batch of the journal has of one key of which every version is kept.</summary>
internal sealed class JournalVersions
{
    private readonly List<JournalRecord> _written = [];
    private JournalRecord? _removal;

    /// <summary>Whether there is nothing to be written.</summary>
    internal bool IsEmpty => _written.Count == 0;

    internal int Count => _written.Count + (_removal is null ? 0 : 1);

    internal int Written => _written.Count;

    /// <summary>The record that tells what the key is now.</summary>
    internal JournalRecord Last => _written.Count > 0 ? _written[^1] : _removal!;

    /// <summary>Adds a record, which is newer than all that are here.</summary>
    internal JournalVersions Add(JournalRecord record)
    {
        if (record.Entry is null)
        {
            if (_removal is null || _removal.Version < record.Version)
            {
                _removal = record;
            }

            _written.RemoveAll(written => written.Version <= record.Version);
            return this;
        }

        // The same version again is a dead letter, or its replay.
        if (_written.Count > 0 && _written[^1].Version == record.Version)
        {
            _written.RemoveAt(_written.Count - 1);
        }

        _written.Add(record);
        return this;
    }

    /// <summary>Adds all records of a newer batch.</summary>
    internal JournalVersions Add(JournalVersions newer)
    {
        if (newer._removal is not null)
        {
            Add(newer._removal);
        }

        newer._written.ForEach(record => Add(record));
        return this;
    }

    internal void CopyTo(List<JournalRecord> records)
    {
        if (_removal is not null)
        {
            records.Add(_removal);
        }

        records.AddRange(_written);
    }
}
