using System.Runtime.InteropServices;

namespace Remanso.Tiers.Memory;

/// <summary>A record that waits for its commit.</summary>
/// <param name="Record">The record.</param>
/// <param name="IsNew">Whether the journal certainly has no row of the key: settled before its commit, the record needs
/// none to be removed.</param>
/// <param name="Versions">Of a cache that keeps every version: all records of the key, of which
/// <paramref name="Record"/> is the last.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct JournalItem(JournalRecord Record, bool IsNew, JournalVersions? Versions = null)
{
    internal int Count => Versions?.Count ?? 1;

    /// <summary>Its records without those that remove.</summary>
    internal int Written => Versions?.Written ?? (Record.Entry is null ? 0 : 1);

    /// <summary>The same item with a newer record.</summary>
    internal JournalItem With(JournalRecord record, bool isNew)
    {
        if (!record.IsOneOfMany)
        {
            return new(record, isNew);
        }

        var versions = (Versions ?? new JournalVersions()).Add(record);
        return new(versions.Last, isNew, versions);
    }
}
