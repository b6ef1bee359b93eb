using Microsoft.Data.Sqlite;
using Remanso.Tiers;

namespace Remanso.Sqlite.Journal;

/// <summary>The statements of the journal's table of versions.</summary>
internal sealed class JournalVersionTable(SqliteConnection connection, string keep) : IDisposable
{
    private readonly JournalStatement _forget = new(connection, "DELETE FROM versions WHERE cache = ? AND key = ? AND version <= ?");
    private readonly JournalStatement _forgetDirty = new(connection, "DELETE FROM dirty WHERE cache = ? AND key = ? AND version <= ?");

    /// <summary>Writes a version.</summary>
    public JournalStatement Keep { get; } = new(connection, keep);

    /// <summary>Removes a key's versions up to the record's; what lies in the table of dirty entries, too, if that is
    /// where the key's versions are kept no more, or not yet.</summary>
    public void Forget(JournalRecord record)
    {
        Run(_forget, record);
        if (record.IsOneOfMany)
        {
            Run(_forgetDirty, record);
        }
    }

    public void Dispose()
    {
        Keep.Dispose();
        _forget.Dispose();
        _forgetDirty.Dispose();
    }

    private static void Run(JournalStatement statement, JournalRecord record)
    {
        statement.Bind(1, record.Cache);
        statement.Bind(2, record.Key);
        statement.Bind(3, record.Version);
        statement.Run();
    }
}
