namespace Remanso.Sql;

/// <summary>A file with a password in its one line, which may be exchanged while the process runs.</summary>
internal static class PasswordFile
{
    private const int Longest = 64 * 1024;

    /// <summary>What it holds now.</summary>
    /// <exception cref="FormatException">It can't be read, or holds something else; the message has none of it.</exception>
    public static string Read(string path)
    {
        try
        {
            var text = new FileInfo(path).Length <= Longest ? File.ReadAllText(path).Trim() : string.Empty;
            return text.Length > 0 && !text.AsSpan().ContainsAny('\r', '\n')
                ? text
                : throw new FormatException($"The password file {path} has not one line.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new FormatException($"The password file {path} can't be read: {exception.Message}", exception);
        }
    }
}
