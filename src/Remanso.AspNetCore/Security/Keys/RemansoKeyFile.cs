using System.Security.Cryptography;

namespace Remanso.AspNetCore.Security.Keys;

/// <summary>
/// The file that holds keys: JSON, with the SHA-256 of each key and never its text. Servers read it again when it changes.
/// </summary>
/// <remarks>It is replaced as a whole, so that a reader sees the old one or the new one. Of two changes at the same
/// moment one is refused, and is to be made again.</remarks>
/// <param name="path">Where it is; its folder must exist.</param>
/// <param name="time">The clock that expiry is compared with.</param>
public sealed class RemansoKeyFile(string path, TimeProvider time)
{
    private const int ValidPerName = 2;
    private const int LongestName = 64;
    private const long LargestFile = 16 << 20;

    /// <summary>Where it is.</summary>
    public string Path { get; } = path;

    /// <summary>Whether it is there.</summary>
    public bool Exists => File.Exists(Path);

    /// <summary>Makes a key. Its text is returned here and can't be had again.</summary>
    /// <param name="name">What it is for: 1 to 64 characters, none of them a control character.</param>
    /// <param name="grant">What it may do.</param>
    /// <param name="lifetime">How long it is valid; null for ever.</param>
    /// <returns>The key, and its text.</returns>
    /// <exception cref="RemansoKeyFileException">The file can't be changed, or two keys of this name are valid already.</exception>
    public (RemansoKey Key, string Text) Create(string name, RemansoGrant grant, TimeSpan? lifetime = null)
    {
        if (name.Length is 0 or > LongestName || name.Any(char.IsControl))
        {
            throw new RemansoKeyFileException($"A key's name has 1 to {LongestName} characters, none of them a control character.");
        }

        if (lifetime <= TimeSpan.Zero)
        {
            throw new RemansoKeyFileException("A key's lifetime is above zero.");
        }

        var now = time.GetUtcNow();
        if (lifetime > DateTimeOffset.MaxValue - now)
        {
            throw new RemansoKeyFileException("A key's lifetime ends before the year 10000.");
        }

        var text = ApiKey.Create();
        var hash = new byte[SHA256.HashSizeInBytes];
        ApiKey.Hash(text, hash);
        var key = new RemansoKey(ApiKey.IdOf(text).ToString(), name, grant, now, now + lifetime);
        Change(keys =>
        {
            if (keys.Count(other => other.Key.Name == name && !other.Key.IsExpired(now)) >= ValidPerName)
            {
                throw new RemansoKeyFileException($"Two keys named {name} are valid, one to replace the other; revoke one of them first.");
            }

            keys.Add(new StoredKey(key, hash));
        });
        return (key, text);
    }

    /// <summary>Removes the key with this identifier, or all keys with this name.</summary>
    /// <returns>What was removed; empty where there is none.</returns>
    /// <exception cref="RemansoKeyFileException">The file can't be changed.</exception>
    public IReadOnlyList<RemansoKey> Revoke(string idOrName)
    {
        List<RemansoKey> removed = [];
        Change(keys =>
            keys.RemoveAll(stored =>
            {
                var hit = stored.Key.Id == idOrName || stored.Key.Name == idOrName;
                if (hit)
                {
                    removed.Add(stored.Key);
                }

                return hit;
            })
        );
        return removed;
    }

    /// <summary>All keys, in the order in which they were made.</summary>
    /// <exception cref="RemansoKeyFileException">The file is not there or can't be read.</exception>
    public IReadOnlyList<RemansoKey> List() => [.. Read().Select(static stored => stored.Key)];

    /// <summary>All keys, with their hashes.</summary>
    internal IReadOnlyList<StoredKey> Read()
    {
        try
        {
            return new FileInfo(Path).Length <= LargestFile
                ? KeyFileJson.Read(File.ReadAllBytes(Path))
                : throw new FormatException($"it has more than {LargestFile} bytes");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or FormatException)
        {
            throw Unreadable(Path, exception);
        }
    }

    /// <summary>Says why a file can't be read.</summary>
    internal static RemansoKeyFileException Unreadable(string path, Exception exception) =>
        new($"The key file {path} can't be read: {exception.Message}", exception);

    private void Change(Action<List<StoredKey>> change)
    {
        try
        {
            // Held by whoever changes the file; a reader never waits for it.
            using var turn = new FileStream(Path + ".lock", FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
            List<StoredKey> keys = Exists ? [.. Read()] : [];
            change(keys);
            Replace(KeyFileJson.Write(keys));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RemansoKeyFileException($"The key file {Path} can't be changed: {exception.Message}", exception);
        }
    }

    private void Replace(byte[] json)
    {
        var next = $"{Path}.{Guid.NewGuid():N}";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
            {
                options.UnixCreateMode = Exists ? File.GetUnixFileMode(Path) : UnixFileMode.UserRead | UnixFileMode.UserWrite;
            }

            using (var stream = new FileStream(next, options))
            {
                stream.Write(json);
                stream.Flush(flushToDisk: true);
            }

            File.Move(next, Path, overwrite: true);
        }
        catch
        {
            File.Delete(next);
            throw;
        }
    }
}
