using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Remanso.Sqlite;

/// <summary>Where a SQLite database is: a file, or this process's memory.</summary>
internal sealed class SqliteAddress
{
    private const string Scheme = "sqlite:";
    private const string MemoryName = ":memory:";

    private readonly SqliteConnectionStringBuilder _settings;

    private SqliteAddress(SqliteConnectionStringBuilder settings, string? path)
    {
        _settings = settings;
        Path = path;
    }

    /// <summary>The full path of the file; null for a database in memory.</summary>
    public string? Path { get; }

    /// <summary>
    /// Reads <c>sqlite:PATH</c>, a plain path, or a connection string of Microsoft.Data.Sqlite
    /// (<c>Data Source=PATH;…</c>). The path <c>:memory:</c> means a database that lives as long as its provider.
    /// </summary>
    /// <exception cref="FormatException">The text is none of these.</exception>
    public static SqliteAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            throw new FormatException("The SQLite address has a NUL character, which no path has.");
        }

        var rest = text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? text[Scheme.Length..] : text;
        if (rest.StartsWith("//", StringComparison.Ordinal))
        {
            rest = rest[2..];
        }

        var settings = ReadSettings(rest);
        if (string.IsNullOrWhiteSpace(settings.DataSource))
        {
            throw new FormatException("The SQLite store needs a path: sqlite:PATH.");
        }

        if (settings.Mode == SqliteOpenMode.Memory || settings.DataSource == MemoryName)
        {
            // Named, so that the connection that works and the one that keeps the database alive see the same memory.
            settings.DataSource = $"remanso-{Guid.NewGuid():N}";
            settings.Mode = SqliteOpenMode.Memory;
            settings.Cache = SqliteCacheMode.Shared;
            return new SqliteAddress(settings, path: null);
        }

        settings.DataSource = System.IO.Path.GetFullPath(settings.DataSource);
        return new SqliteAddress(settings, settings.DataSource);
    }

    /// <summary>The address for people, <c>sqlite:/full/path</c>; never the encryption key of a connection string.</summary>
    public override string ToString() => Scheme + (Path ?? MemoryName);

    /// <summary>Whether both are the same file, by whatever links they lead to it.</summary>
    internal bool IsSameFileAs(SqliteAddress other) => Path is not null && other.Path is not null && Final(Path) == Final(other.Path);

    /// <summary>The file that symbolic links lead to; null for a database in memory.</summary>
    internal string? FinalPath => Path is null ? null : Final(Path);

    /// <summary>The connection string, with what this store decides for itself: it pools, and SQLite's own lock timeout counts.</summary>
    internal string ToConnectionString() =>
        new SqliteConnectionStringBuilder(_settings.ConnectionString) { Pooling = false, DefaultTimeout = 1 }.ConnectionString;

    /// <summary>The same address with another path.</summary>
    internal SqliteAddress At(string path) =>
        new(new SqliteConnectionStringBuilder(_settings.ConnectionString) { DataSource = path }, path);

    private static string Final(string path)
    {
        if (System.IO.Path.GetDirectoryName(path) is { Length: > 0 } parent && new DirectoryInfo(parent) is { Exists: true } folder)
        {
            path = System.IO.Path.Combine(
                folder.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? folder.FullName,
                System.IO.Path.GetFileName(path)
            );
        }

        // A link may lead to a file that is still to be made.
        return new FileInfo(path) is { LinkTarget: not null } link
            ? link.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path
            : path;
    }

    private static SqliteConnectionStringBuilder ReadSettings(string text)
    {
        if (!IsConnectionString(text))
        {
            return new SqliteConnectionStringBuilder { DataSource = text };
        }

        try
        {
            return new SqliteConnectionStringBuilder(text);
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException)
        {
            var cause = exception.Message.ReplaceLineEndings(" ");
            throw new FormatException($"The SQLite connection string can't be read: {cause}", exception);
        }
    }

    /// <remarks>A path may hold '=' and ';' too, so only a text that names the data source counts as a connection string.</remarks>
    private static bool IsConnectionString(string text)
    {
        try
        {
            var words = new DbConnectionStringBuilder { ConnectionString = text };
            return words.ContainsKey("Data Source") || words.ContainsKey("DataSource") || words.ContainsKey("Filename");
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
