using Remanso.Common;

namespace Remanso.Sql;

/// <summary>A file with a password, which may be exchanged while the process runs.</summary>
internal static class PasswordFile
{
    /// <summary>What it holds now.</summary>
    /// <exception cref="FormatException">It can't be read, or has not one line; the message has none of it.</exception>
    public static string Read(string path) =>
        SecretFile.TryRead(path, out var password) is { } problem
            ? throw new FormatException($"The password file {path} {problem}")
            : password;
}
