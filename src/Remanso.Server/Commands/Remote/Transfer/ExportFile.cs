using System.Text;

namespace Remanso.Server.Commands.Remote.Transfer;

/// <summary>The file that an export writes, and goes on with.</summary>
internal static class ExportFile
{
    // As every line begins.
    private static readonly byte[] _begin = "{\"key\":\""u8.ToArray();

    /// <summary>The keys that a file has; half a line at its end, which a broken run left, is cut off, and a whole one
    /// without an end gets it.</summary>
    /// <exception cref="UsageException">It can't be used.</exception>
    public static async Task<HashSet<string>> RecoverAsync(string path, CancellationToken cancellationToken)
    {
        HashSet<string> keys = new(StringComparer.Ordinal);
        if (!File.Exists(path))
        {
            return keys;
        }

        try
        {
            // Before anything is cut off: whoever names another file by mistake keeps it.
            if (await ReadAsync(path, keys, cancellationToken))
            {
                // An editor took it.
                await File.AppendAllTextAsync(path, "\n", cancellationToken);
            }
            else
            {
                await CutAsync(path, cancellationToken);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--file {path} can't be read: {exception.Message}");
        }

        return keys;
    }

    /// <summary>Opens it: a new one, or its end.</summary>
    /// <exception cref="UsageException">It can't be written, or is there and is not to be gone on with.</exception>
    public static StreamWriter Open(string path, bool goesOn)
    {
        try
        {
            return new StreamWriter(
                new FileStream(path, goesOn ? FileMode.Append : FileMode.CreateNew, FileAccess.Write, FileShare.Read),
                new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)
            );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(
                File.Exists(path) && !goesOn
                    ? $"--file {path} is there: --resume goes on with it"
                    : $"--file {path} can't be written: {exception.Message}"
            );
        }
    }

    /// <returns>Whether its last line is an entry that lacks only the line's end: no half of a line is one.</returns>
    private static async Task<bool> ReadAsync(string path, HashSet<string> keys, CancellationToken cancellationToken)
    {
        using var lines = LineReader.Open("--file", path);
        try
        {
            while (await lines.ReadAsync(cancellationToken))
            {
                if (lines.IsUtf16)
                {
                    throw new UsageException($"--file {path} is no export: it is UTF-16");
                }

                if (!lines.IsWhole)
                {
                    return TryAdd(lines, keys);
                }

                if (!string.IsNullOrWhiteSpace(lines.Text))
                {
                    keys.Add(EntryLine.Parse(lines.Text).Key);
                }
            }

            return false;
        }
        catch (FormatException exception)
        {
            throw new UsageException($"--file {path} is no export: line {lines.Number}: {exception.Message}");
        }
    }

    private static bool TryAdd(LineReader last, HashSet<string> keys)
    {
        try
        {
            keys.Add(EntryLine.Parse(last.Text).Key);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    // From the end on: of a large file only the last line is read.
    private static async Task CutAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        var end = file.Length;
        var one = new byte[1];
        while (end > 0)
        {
            file.Position = end - 1;
            await file.ReadExactlyAsync(one, cancellationToken);
            if (one[0] == (byte)'\n')
            {
                break;
            }

            end--;
        }

        var begun = new byte[Math.Min(file.Length - end, _begin.Length)];
        file.Position = end;
        await file.ReadExactlyAsync(begun, cancellationToken);
        if (!_begin.AsSpan().StartsWith(begun))
        {
            throw new UsageException($"--file {path} is no export: its last line is not the beginning of an entry");
        }

        file.SetLength(end);
    }
}
