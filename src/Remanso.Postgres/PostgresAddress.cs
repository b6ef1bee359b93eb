using System.Globalization;
using Npgsql;
using Remanso.Sql.Inspection;

namespace Remanso.Postgres;

/// <summary>Where a PostgreSQL database is and who asks.</summary>
internal sealed class PostgresAddress
{
    private const string ApplicationName = "Remanso";
    private const string Form = "postgres://user:password@host:port/database?sslmode=…";

    private readonly NpgsqlConnectionStringBuilder _settings;

    private PostgresAddress(NpgsqlConnectionStringBuilder settings)
    {
        settings.ApplicationName ??= ApplicationName;
        _settings = settings;
    }

    /// <summary>The address as Npgsql takes it, with the password.</summary>
    internal string ConnectionString => _settings.ConnectionString;

    /// <summary>
    /// Reads a URL in the form of libpq (<c>postgres://</c> or <c>postgresql://</c>; several hosts with commas; parts
    /// percent-encoded; parameters of libpq or Npgsql, and <c>prepare</c>), or a connection string of Npgsql.
    /// </summary>
    /// <remarks>Source of the URL's form: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS.</remarks>
    /// <exception cref="FormatException">The text is neither; the message never holds the password.</exception>
    public static PostgresAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var prepares = true;
        var settings = AfterScheme(text) is { } rest ? FromUrl(rest, out prepares) : FromKeywords(text);
        if (string.IsNullOrEmpty(settings.Host))
        {
            throw new FormatException($"The PostgreSQL address names no host; its form is {Form}");
        }

        return new PostgresAddress(settings) { Prepares = prepares };
    }

    /// <summary>The address for people, without user and password: <c>postgres://host:port/database</c>.</summary>
    public override string ToString()
    {
        var host =
            _settings.Host!.Contains(',', StringComparison.Ordinal) || _settings.Host.Contains(':', StringComparison.Ordinal)
                ? _settings.Host
                : string.Create(CultureInfo.InvariantCulture, $"{_settings.Host}:{_settings.Port}");
        return $"postgres://{host}/{_settings.Database}";
    }

    /// <summary>Whether it has a password.</summary>
    internal bool HasPassword => !string.IsNullOrEmpty(_settings.Password);

    /// <summary>The hosts beyond this machine.</summary>
    internal IReadOnlyList<string> RemoteHosts => [.. _settings.Host!.Split(',').Where(static host => !LocalHost.Is(host.Trim()))];

    /// <summary>Whether the connection fails rather than do without TLS.</summary>
    internal bool IsEncrypted => _settings.SslMode is SslMode.Require or SslMode.VerifyCA or SslMode.VerifyFull;

    /// <summary>Whether statements are prepared on the server; the URL's parameter <c>prepare</c>.</summary>
    internal bool Prepares { get; private init; } = true;

    private static string? AfterScheme(string text)
    {
        foreach (var scheme in (ReadOnlySpan<string>)["postgres://", "postgresql://"])
        {
            if (text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
            {
                return text[scheme.Length..];
            }
        }

        return null;
    }

    private static NpgsqlConnectionStringBuilder FromKeywords(string text)
    {
        var settings = new NpgsqlConnectionStringBuilder();
        return TryRead(() => settings.ConnectionString = text)
            ? settings
            : throw new FormatException(
                $"The PostgreSQL address can't be read; its form is {Form}, or Npgsql's Host=…;Username=…;Password=…;Database=…"
            );
    }

    private static NpgsqlConnectionStringBuilder FromUrl(string rest, out bool prepares)
    {
        var (beforeQuery, query) = Cut(rest, '?');
        var (authority, database) = Cut(beforeQuery, '/');

        // The last '@': a password that holds an unencoded one is a common mistake, and harmless to forgive.
        var at = authority.LastIndexOf('@');
        if (at < 0 && (database.Contains('@', StringComparison.Ordinal) || query.Contains('@', StringComparison.Ordinal)))
        {
            throw new FormatException("The PostgreSQL address can't be read: a '/' or '?' in the password must be percent-encoded.");
        }

        var (user, password) = at < 0 ? (string.Empty, string.Empty) : Cut(authority[..at], ':');
        var settings = new NpgsqlConnectionStringBuilder();
        SetHosts(settings, authority[(at + 1)..]);
        SetPart("user", user, value => settings.Username = value);
        SetPart("password", password, value => settings.Password = value);
        SetPart("database", database, value => settings.Database = value);

        prepares = true;
        foreach (var parameter in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = Cut(parameter, '=');
            if (name == "prepare")
            {
                prepares = bool.TryParse(value, out var wish)
                    ? wish
                    : throw new FormatException("The parameter 'prepare' of the PostgreSQL address is neither true nor false.");
                continue;
            }

            Set(settings, Uri.UnescapeDataString(name), Uri.UnescapeDataString(value));
        }

        return settings;
    }

    /// <remarks>Npgsql takes one host with a port of its own only if there are several, all in one list.</remarks>
    private static void SetHosts(NpgsqlConnectionStringBuilder settings, string hosts)
    {
        var colon = hosts.LastIndexOf(':');
        var hasPort = colon > hosts.LastIndexOf(']');
        if (hosts.Contains(',', StringComparison.Ordinal) || !hasPort)
        {
            // Among several the brackets keep an IPv6 address apart from its port.
            SetPart("host", hosts.Contains(',', StringComparison.Ordinal) ? hosts : hosts.Trim('[', ']'), value => settings.Host = value);
            return;
        }

        if (!int.TryParse(hosts[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65_535)
        {
            throw new FormatException("The PostgreSQL address has a port that is no number from 1 to 65535.");
        }

        SetPart("host", hosts[..colon].Trim('[', ']'), value => settings.Host = value);
        settings.Port = port;
    }

    private static void SetPart(string name, string escaped, Action<string> set)
    {
        // A NUL, for one, is nothing that a connection string can have.
        if (escaped.Length > 0 && !TryRead(() => set(Uri.UnescapeDataString(escaped))))
        {
            throw new FormatException($"The {name} of the PostgreSQL address has characters that it can't have.");
        }
    }

    private static void Set(NpgsqlConnectionStringBuilder settings, string name, string value)
    {
        // Npgsql's names of the modes are libpq's without the dashes.
        if (name == "sslmode")
        {
            value = value.Replace("-", string.Empty, StringComparison.Ordinal);
        }

        if (!TryRead(() => settings[NpgsqlNameOf(name)] = value))
        {
            throw new FormatException($"The parameter '{name}' of the PostgreSQL address is unknown, or its value can't be read.");
        }
    }

    /// <remarks>The cause is dropped on purpose: Npgsql's messages may quote what they could not read, password and all.</remarks>
    private static bool TryRead(Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (Exception exception)
            when (exception is ArgumentException or FormatException or InvalidCastException or OverflowException or KeyNotFoundException)
        {
            return false;
        }
    }

    private static string NpgsqlNameOf(string libpqName) =>
        libpqName switch
        {
            "sslmode" => "SSL Mode",
            "sslrootcert" => "Root Certificate",
            "sslcert" => "SSL Certificate",
            "sslkey" => "SSL Key",
            "sslpassword" => "SSL Password",
            "connect_timeout" => "Timeout",
            "application_name" => "Application Name",
            "target_session_attrs" => "Target Session Attributes",
            "dbname" => "Database",
            "user" => "Username",
            _ => libpqName,
        };

    private static (string Before, string After) Cut(string text, char separator)
    {
        var index = text.IndexOf(separator, StringComparison.Ordinal);
        return index < 0 ? (text, string.Empty) : (text[..index], text[(index + 1)..]);
    }
}
