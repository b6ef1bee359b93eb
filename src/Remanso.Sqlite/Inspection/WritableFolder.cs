namespace Remanso.Sqlite.Inspection;

/// <summary>Tries whether a file could be made: in the nearest folder that is there, for a start makes the others.</summary>
internal static class WritableFolder
{
    /// <exception cref="IOException">It could not.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not.</exception>
    public static void Try(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path));
        while (folder is { Length: > 0 } && !Directory.Exists(folder))
        {
            if (File.Exists(folder))
            {
                throw new IOException($"{folder} is a file, so no folder can be made there.");
            }

            folder = Path.GetDirectoryName(folder);
        }

        if (Directory.Exists(path))
        {
            throw new IOException($"{path} is a folder.");
        }

        var trial = Path.Combine(folder ?? ".", $".remanso-doctor-{Guid.NewGuid():N}");
        using (new FileStream(trial, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose))
        {
            // That it could be made is all.
        }

        if (File.Exists(path))
        {
            using (new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete))
            {
                // That it could be opened is all.
            }
        }
    }
}
