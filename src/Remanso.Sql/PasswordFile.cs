using Remanso.Common;

namespace Remanso.Sql;

/// <summary>A file with a password, which may be exchanged while the process runs.</summary>
internal sealed class PasswordFile(string path)
{
    private volatile string? _last;

    /// <summary>What it holds now; while it is written anew, what it held before.</summary>
    /// <exception cref="FormatException">It never could be read, or never had one line; the message has none of it.</exception>
    public string Current()
    {
        try
        {
            return _last = Read(path);
        }
        catch (FormatException) when (_last is { } last)
        {
            return last;
        }
    }

    /// <summary>What it holds now.</summary>
    /// <exception cref="FormatException">It can't be read, or has not one line; the message has none of it.</exception>
    public static string Read(string path) =>
        SecretFile.TryRead(path, out var password) is { } problem
            ? throw new FormatException($"The password file {path} {problem}")
            : password;
}
