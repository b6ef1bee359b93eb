using System.Data.Common;
using System.Globalization;
using Remanso.Sql.Inspection;

namespace Remanso.MySql;

/// <summary>Where a MySQL or MariaDB database is and who asks, in words that any driver takes.</summary>
internal sealed class MySqlAddress
{
    internal const string DefaultPort = "3306";

    private const string Form = "mysql://user:password@host:port/database?ssl-mode=…";
    private const string Host = "Server";
    private const string Port = "Port";
    private const string Database = "Database";
    private const string Password = "Password";

    private static readonly string[] _schemes = ["mysql://", "mariadb://"];

    private readonly List<KeyValuePair<string, string>> _settings;

    private MySqlAddress(List<KeyValuePair<string, string>> settings) => _settings = settings;

    /// <summary>The settings of the connection, under the names that MySqlConnector and MySql.Data share where there are such.</summary>
    internal IReadOnlyList<KeyValuePair<string, string>> Settings => _settings;

    /// <summary>Reads a URL (<c>mysql://</c> or <c>mariadb://</c>; parts percent-encoded; parameters under the
    /// driver's names, or those of MySQL's own clients such as <c>ssl-mode</c>), or a connection string of the driver
    /// (<c>Server=…;User ID=…;Password=…;Database=…</c>), with or without <c>mysql:</c> before it.</summary>
    /// <exception cref="FormatException">The text is neither; the message never holds the password.</exception>
    public static MySqlAddress Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var settings = AfterScheme(text) is { } rest ? FromUrl(rest) : FromKeywords(text);
        var address = new MySqlAddress(settings);
        return string.IsNullOrEmpty(address.Get(Host))
            ? throw new FormatException($"The MySQL address names no host; its form is {Form}")
            : address;
    }

    /// <summary>The address for people, without user and password: <c>mysql://host:port/database</c>.</summary>
    public override string ToString()
    {
        var host = Get(Host)!;
        if (host.Contains(':', StringComparison.Ordinal))
        {
            host = $"[{host}]";
        }

        return $"mysql://{host}:{Get(Port) ?? DefaultPort}/{Get(Database)}";
    }

    /// <summary>Whether it has a password.</summary>
    internal bool HasPassword => Get(Password) is not null;

    /// <summary>The same, with another password.</summary>
    internal MySqlAddress WithPassword(string password) =>
        new([.. _settings.Where(static setting => setting.Key != Password), KeyValuePair.Create(Password, password)]);

    /// <summary>The hosts beyond this machine.</summary>
    internal IReadOnlyList<string> RemoteHosts =>
        [.. Get(Host)!.Split(',', StringSplitOptions.TrimEntries).Where(static host => !LocalHost.Is(host))];

    /// <summary>Whether the connection fails rather than do without TLS.</summary>
    internal bool IsEncrypted =>
        Get("SSL Mode")?.Replace("_", string.Empty, StringComparison.Ordinal).ToUpperInvariant()
            is "REQUIRED"
                or "VERIFYCA"
                or "VERIFYFULL"
                or "VERIFYIDENTITY";

    private static string? AfterScheme(string text)
    {
        var scheme = Array.Find(_schemes, scheme => text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));
        return scheme is null ? null : text[scheme.Length..];
    }

    private static List<KeyValuePair<string, string>> FromKeywords(string text)
    {
        const string Prefix = "mysql:";
        if (text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            text = text[Prefix.Length..];
        }

        var reader = new DbConnectionStringBuilder();
        if (!MySqlConnectionString.TrySet(() => reader.ConnectionString = text))
        {
            throw new FormatException(
                $"The MySQL address can't be read; its form is {Form}, or the driver's Server=…;User ID=…;Password=…;Database=…"
            );
        }

        return
        [
            .. reader
                .Keys.Cast<string>()
                .Select(name =>
                    KeyValuePair.Create(SharedName(name), Convert.ToString(reader[name], CultureInfo.InvariantCulture) ?? string.Empty)
                ),
        ];
    }

    private static List<KeyValuePair<string, string>> FromUrl(string rest)
    {
        var (beforeQuery, query) = Cut(rest, '?');
        var (authority, database) = Cut(beforeQuery, '/');

        // The last '@': a password that holds an unencoded one is a common mistake, and harmless to forgive.
        var at = authority.LastIndexOf('@');
        if (at < 0 && (database.Contains('@', StringComparison.Ordinal) || query.Contains('@', StringComparison.Ordinal)))
        {
            throw new FormatException("The MySQL address can't be read: a '/' or '?' in the password must be percent-encoded.");
        }

        var (user, password) = at < 0 ? (string.Empty, string.Empty) : Cut(authority[..at], ':');
        var (host, port) = HostAndPort(authority[(at + 1)..]);
        List<KeyValuePair<string, string>> settings = [];
        Add(Host, host);
        Add(Port, port);
        Add("User ID", user);
        Add(Password, password);
        Add(Database, database);
        foreach (var parameter in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = Cut(parameter, '=');
            Add(SharedName(Uri.UnescapeDataString(name)), value);
        }

        return settings;

        void Add(string name, string value)
        {
            if (value.Length > 0)
            {
                settings.Add(KeyValuePair.Create(name, Uri.UnescapeDataString(value)));
            }
        }
    }

    private static (string Host, string Port) HostAndPort(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon <= text.LastIndexOf(']'))
        {
            return (text.Trim('[', ']'), string.Empty);
        }

        var port = text[(colon + 1)..];
        return int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 65_535
            ? (text[..colon].Trim('[', ']'), port)
            : throw new FormatException("The MySQL address has a port that is no number from 1 to 65535.");
    }

    /// <summary>One name for what has many: a driver takes the last of several names, in an order that nobody knows.</summary>
    private static string SharedName(string name) =>
        name.ToUpperInvariant()
            .Replace("-", string.Empty, StringComparison.Ordinal)
            .Replace("_", string.Empty, StringComparison.Ordinal)
            .Replace(" ", string.Empty, StringComparison.Ordinal) switch
        {
            "SERVER" or "HOST" or "DATASOURCE" or "ADDR" or "ADDRESS" or "NETWORKADDRESS" or "SERVERNAME" => Host,
            "PORT" => Port,
            "USER" or "USERID" or "UID" or "USERNAME" => "User ID",
            "PASSWORD" or "PWD" => Password,
            "DATABASE" or "INITIALCATALOG" => Database,
            "SSLMODE" => "SSL Mode",
            "CONNECTTIMEOUT" or "CONNECTIONTIMEOUT" => "Connection Timeout",
            _ => name,
        };

    private string? Get(string name) => _settings.FindLast(setting => setting.Key == name).Value;

    private static (string Before, string After) Cut(string text, char separator)
    {
        var index = text.IndexOf(separator, StringComparison.Ordinal);
        return index < 0 ? (text, string.Empty) : (text[..index], text[(index + 1)..]);
    }
}
