using System.Text;

namespace Remanso.Server.Commands.Remote.Transfer;

/// <summary>The file that an export writes, and goes on with.</summary>
internal static class ExportFile
{
    /// <summary>The keys that a file has; half a line at its end, which a broken run left, is cut off.</summary>
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
            await CutAsync(path, cancellationToken);
            var number = 0L;
            await foreach (var line in File.ReadLinesAsync(path, cancellationToken))
            {
                number++;
                keys.Add(EntryLine.KeyOf(line) ?? throw new UsageException($"--file {path} is no export: line {number} is no entry"));
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

        file.SetLength(end);
    }
}
