using System.Globalization;
using Remanso.Sql;

namespace Remanso.MySql;

/// <summary>The texts of the statements, for one table. Keys and names of caches stand in them as hexadecimal literals,
/// so no character set matters.</summary>
internal sealed class MySqlStatements
{
    private readonly string _load;
    private readonly string _versions;
    private readonly string _leftAlone;
    private readonly string _gone;
    private readonly string _purge;
    private readonly string _readVersions;

    public MySqlStatements(SqlTableName table)
    {
        Name = table;
        TableName = table.ToString();
        Engine = EngineOf(table);
        Table = Read("table", table);
        UniqueKeys = Read("unique-keys", table);
        Probe = Read("probe", table);
        UpsertHead = Read("upsert-head", table);
        UpsertGuard = Read("upsert-guard", table);
        var history = HistoryRows.TableOf(table);
        History = ReadHistory("history", history);
        ProbeHistory = ReadHistory("probe-history", history);
        AppendHead = ReadHistory("append-head", history);
        AppendEnd = ReadHistory("append-end", history);
        _readVersions = ReadHistory("read-history", history);
        HistoryEngine = EngineOf(history);
        HistoryName = history.ToString();
        HistoryUniqueKeys = Read("unique-keys", history);
        _load = Read("load", table);
        _versions = Read("versions", table);
        _leftAlone = Read("left-alone", table);
        _gone = Read("gone", table);
        _purge = Read("purge", table);
        Clock = Read("clock", table);
    }

    /// <summary>The table's name.</summary>
    public SqlTableName Name { get; }

    /// <summary>The table's name, for people.</summary>
    public string TableName { get; }

    public string Engine { get; }

    public string Clock { get; }

    public string Table { get; }

    public string UniqueKeys { get; }

    public string Probe { get; }

    public string UpsertHead { get; }

    public string UpsertGuard { get; }

    /// <summary>The name of the history's table, for people.</summary>
    public string HistoryName { get; }

    public string HistoryEngine { get; }

    /// <summary>Makes the history.</summary>
    public string History { get; }

    public string HistoryUniqueKeys { get; }

    public string ProbeHistory { get; }

    public string AppendHead { get; }

    public string AppendEnd { get; }

    public string Load(string cache, string keys) => WithKeys(_load, cache, keys);

    public string Versions(string cache, string keys) => WithKeys(_versions, cache, keys);

    /// <summary>Asks which of some rows another save wrote.</summary>
    public string LeftAlone(string cache, string keys, long saveId) =>
        WithKeys(_leftAlone, cache, keys).Replace("{save_id}", saveId.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>Asks for the keys of some rows that are gone.</summary>
    public string Gone(string cache, long before, int max) =>
        _gone
            .Replace("{cache}", cache, StringComparison.Ordinal)
            .Replace("{before}", before.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{max}", max.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>Reads the last versions of a key from the history.</summary>
    public string ReadVersions(string cache, string key, int max, int maxBytes) =>
        WithKeys(_readVersions, cache, key)
            .Replace("{bytes}", maxBytes.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("{max}", max.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>Removes those rows of some keys that are still gone.</summary>
    public string Purge(string cache, string keys, long before) =>
        WithKeys(_purge, cache, keys).Replace("{before}", before.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    private static string EngineOf(SqlTableName table)
    {
        var parts = table.ToString().Split('.');
        return Read("engine", table)
            .Replace("{schema}", parts.Length == 2 ? $"'{parts[0]}'" : "DATABASE()", StringComparison.Ordinal)
            .Replace("{name}", $"'{parts[^1]}'", StringComparison.Ordinal);
    }

    private static string ReadHistory(string name, SqlTableName history) =>
        Read(name, history).Replace("{history}", history.Quote('`'), StringComparison.Ordinal);

    private static string WithKeys(string text, string cache, string keys) =>
        text.Replace("{cache}", cache, StringComparison.Ordinal).Replace("{keys}", keys, StringComparison.Ordinal);

    /// <remarks>Without comments: a statement is sent as text each time.</remarks>
    private static string Read(string name, SqlTableName table) =>
        string.Join(
            '\n',
            SqlText
                .Read(typeof(MySqlStatements).Assembly, name, table.Quote('`'))
                .Split('\n')
                .Where(static line => !line.StartsWith("--", StringComparison.Ordinal))
        );
}
