namespace Remanso.Common;

/// <summary>A file with a secret in its one line, as containers mount them. It may be exchanged while the process runs.</summary>
internal static class SecretFile
{
    private const int Longest = 64 << 10;

    /// <summary>Reads what it holds now, without the white space around it.</summary>
    /// <returns>What is wrong with the file, as a predicate that has nothing of what it holds; null where nothing is.</returns>
    public static string? TryRead(string path, out string text)
    {
        try
        {
            text = new FileInfo(path).Length <= Longest ? File.ReadAllText(path).Trim() : string.Empty;
            return text.Length > 0 && !text.AsSpan().ContainsAny('\r', '\n') ? null : "has not one line";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            text = string.Empty;
            return $"can't be read: {exception.Message}";
        }
    }
}
