namespace Remanso.Sqlite.Journal;

/// <summary>Sets a damaged journal aside: nobody but a person decides what becomes of it.</summary>
internal static class DamagedFiles
{
    private const string Replacement = ".new";
    private const string Log = "-wal";

    private static readonly string[] _parts = ["", Log, "-shm"];

    /// <summary>Renames a journal with all its parts to <c>PATH.damaged-N</c>, N being the first number that is free.</summary>
    /// <returns>The new path.</returns>
    public static string SetAside(string path)
    {
        var aside = Free(path);
        foreach (var part in _parts.Where(part => File.Exists(path + part)))
        {
            File.Move(path + part, aside + part);
        }

        return aside;
    }

    /// <summary>Where the replacement of a damaged journal is made; what an earlier attempt left there goes.</summary>
    public static string BeginReplacement(string path)
    {
        var replacement = path + Replacement;
        foreach (var part in _parts)
        {
            File.Delete(replacement + part);
        }

        return replacement;
    }

    /// <summary>A replacement of which a part is in its log, while nothing is in the journal's place; or null.</summary>
    public static string? FindUnfinished(string path) => !File.Exists(path) && IsInLog(path) ? path + Replacement : null;

    private static bool IsInLog(string path) =>
        File.Exists(path + Replacement) && new FileInfo(path + Replacement + Log) is { Exists: true, Length: > 0 };

    /// <summary>Puts a replacement, which is whole and closed, into the place of the journal that was set aside. To be
    /// called at every start, too: a process that died between the two would otherwise leave a journal behind that
    /// nobody finds.</summary>
    /// <exception cref="TierJournalException">A part of the replacement is in its log.</exception>
    public static void FinishReplacement(string path)
    {
        if (File.Exists(path) || !File.Exists(path + Replacement))
        {
            return;
        }

        // Moved without its log, it would be damaged.
        if (IsInLog(path))
        {
            throw new TierJournalException($"A part of {path}{Replacement} is in its log.");
        }

        // A log of the old journal would be taken for the new one's.
        if (_parts.Any(part => File.Exists(path + part)))
        {
            SetAside(path);
        }

        File.Move(path + Replacement, path);
    }

    private static string Free(string path)
    {
        for (var number = 1; ; number++)
        {
            var aside = $"{path}.damaged-{number}";
            if (!_parts.Any(part => File.Exists(aside + part)))
            {
                return aside;
            }
        }
    }
}
