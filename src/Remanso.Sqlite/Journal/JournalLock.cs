namespace Remanso.Sqlite.Journal;

/// <summary>Keeps a journal to one process: a lock on a file beside it, which the system takes back however the
/// process ends. A file of its own, because the journal itself may have to be set aside and made anew. It stays when
/// the lock goes: removing it would let two processes lock two files of one name.</summary>
internal sealed class JournalLock : IDisposable
{
    private readonly FileStream _file;

    private JournalLock(FileStream file) => _file = file;

    /// <summary>Takes the lock.</summary>
    /// <exception cref="TierJournalException">Somebody else has it, or the folder can't be written.</exception>
    public static JournalLock Take(string path)
    {
        if (Directory.Exists(path))
        {
            throw new TierJournalException($"The journal {path} is a directory; it needs the path of a file.");
        }

        try
        {
            if (Path.GetDirectoryName(path) is { Length: > 0 } folder)
            {
                Directory.CreateDirectory(folder);
            }

            return new JournalLock(
                new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1)
            );
        }
        catch (IOException exception) when (IsTaken(exception))
        {
            throw new TierJournalException(
                $"The journal {path} is in use by another process, or by other caches of this one; each needs one of its own.",
                exception
            );
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new TierJournalException($"The journal {path} can't be written: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Whether a file could not be opened because another process has the lock on it.</summary>
    // All else (a disk that became read-only, too many open files) is as .NET tells it. By the system's own numbers:
    // ERROR_SHARING_VIOLATION, and EWOULDBLOCK of flock.
    internal static bool IsTaken(IOException exception) =>
        exception.HResult
        == (
            OperatingSystem.IsWindows() ? unchecked((int)0x80070020)
            : OperatingSystem.IsLinux() ? 11
            : 35
        );
}
