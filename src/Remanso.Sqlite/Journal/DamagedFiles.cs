namespace Remanso.Sqlite.Journal;

/// <summary>Sets a damaged journal aside: nobody but a person decides what becomes of it.</summary>
internal static class DamagedFiles
{
    private const string Replacement = ".new";

    private static readonly string[] _parts = ["", "-wal", "-shm"];

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

    /// <summary>Puts a replacement, which is whole and closed, into the place of the journal that was set aside. To be
    /// called at every start, too: a process that died between the two would otherwise leave a journal behind that
    /// nobody finds.</summary>
    public static void FinishReplacement(string path)
    {
        if (File.Exists(path) || !File.Exists(path + Replacement))
        {
            return;
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
