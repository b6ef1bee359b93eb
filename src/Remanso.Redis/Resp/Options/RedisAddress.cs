using System.Globalization;
using System.Text;

namespace Remanso.Redis.Resp.Options;

/// <summary>Reads a Redis address. Errors name the part that is wrong and never show what stands before the
/// @.</summary>
internal static class RedisAddress
{
    private const string Shape = "redis://[user:password@]host:port[,host:port…][/db][?prefix=NAME]";

    private const string UnixShape = "redis+unix://[user:password@]/path/of/redis.sock[?db=N][&prefix=NAME]";

    // What the system's structure for an address has room for, but for the NUL at its end.
    private const int LongestPath = 107;

    private const string SentinelShape = "redis+sentinel://[user:password@]host:port[,host:port…]/master[/db][?sentinelPassword=…]";

    public static RedisOptions Parse(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var options = new RedisOptions();
        var rest = ReadScheme(address, options);

        // The last @, for a password may hold one unescaped; that of the sentinels, behind it, may not.
        var isSocket = IsSocket(address);
        var at = isSocket ? rest.LastIndexOf("@/", StringComparison.Ordinal) : rest.LastIndexOf('@');
        if (at >= 0)
        {
            (options.User, options.Password) = Credentials(rest[..at]);
            rest = rest[(at + 1)..];
        }
        var query = rest.IndexOf('?', StringComparison.Ordinal);
        if (query >= 0)
        {
            ReadQuery(rest[(query + 1)..], options, isSocket);
            rest = rest[..query];
        }
        if (rest.Contains('#', StringComparison.Ordinal))
        {
            throw new FormatException($"A Redis address has no fragment: {Shape}.");
        }
        if (isSocket)
        {
            options.EndPoints.Add(Socket(Decode(rest, "path")));
            return options;
        }
        var parts = rest.Split('/', 2);
        if (options.Sentinel is { } sentinel)
        {
            ReadMaster(parts, sentinel);
            parts = [parts[0], .. parts[1].Split('/', 2).Skip(1)];
        }
        if (parts.Length > 1)
        {
            options.Database = Database(parts[1]);
        }
        foreach (var host in parts[0].Split(','))
        {
            options.EndPoints.Add(EndPoint(host, options.Sentinel is null ? RedisEndPoint.DefaultPort : RedisSentinelOptions.DefaultPort));
        }
        return options;
    }

    public static RedisEndPoint EndPoint(string text, int defaultPort = RedisEndPoint.DefaultPort)
    {
        string host;
        string? port;
        if (text.StartsWith('['))
        {
            var close = text.IndexOf(']', StringComparison.Ordinal);
            if (close < 0)
            {
                throw new FormatException("A host of the Redis address opens a bracket and does not close it.");
            }
            host = text[1..close];
            port = text[(close + 1)..] switch
            {
                "" => null,
                [':', .. var digits] => digits,
                _ => throw new FormatException($"Behind [{host}] in the Redis address stands more than a port."),
            };
        }
        else
        {
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            host = colon < 0 ? text : text[..colon];
            port = colon < 0 ? null : text[(colon + 1)..];
        }
        if (host.Length == 0 || host.AsSpan().ContainsAny(" \t"))
        {
            throw new FormatException("A host of the Redis address is empty or has spaces.");
        }
        if (host.Contains('=', StringComparison.Ordinal))
        {
            // host:port,password=…: the form of another client, and what it says is not repeated.
            throw new FormatException($"The Redis address has name=value pairs, which it can't have: {Shape}.");
        }
        if (port is null)
        {
            return new(host, defaultPort);
        }
        return int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is > 0 and <= 65535
            ? new(host, number)
            : throw new FormatException($"The port behind the host {host} of the Redis address is not 1 to 65535.");
    }

    private static (string? User, string? Password) Credentials(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon < 0)
        {
            throw new FormatException("The Redis address names a user without a password; a password alone is written :password@.");
        }
        var user = Decode(text[..colon], "user");
        return (user.Length == 0 ? null : user, Decode(text[(colon + 1)..], "password"));
    }

    private static string Decode(string text, string part)
    {
        for (var i = text.IndexOf('%', StringComparison.Ordinal); i >= 0; i = text.IndexOf('%', i + 1))
        {
            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
            {
                throw new FormatException(
                    $"The {part} in the Redis address has a % that is not followed by two hex digits; write % as %25."
                );
            }
        }
        return Uri.UnescapeDataString(text);
    }

    /// <summary>What stands behind the scheme, which says how to connect.</summary>
    private static string ReadScheme(string address, RedisOptions options)
    {
        var end = address.IndexOf("://", StringComparison.Ordinal);
        var scheme = end < 0 ? "" : address[..end].ToUpperInvariant();
        if (scheme is not ("REDIS" or "REDISS" or "REDIS+SENTINEL" or "REDISS+SENTINEL" or "REDIS+UNIX" or "UNIX"))
        {
            throw new FormatException(
                $"A Redis address starts with redis://, rediss://, redis+sentinel://, rediss+sentinel:// or redis+unix://, as in {Shape}."
            );
        }
        options.Tls = scheme.StartsWith("REDISS", StringComparison.Ordinal) ? new() : null;
        options.Sentinel = scheme.EndsWith("SENTINEL", StringComparison.Ordinal) ? new() : null;
        return address[(end + 3)..];
    }

    private static void ReadMaster(string[] parts, RedisSentinelOptions sentinel)
    {
        var name = parts.Length > 1 ? parts[1].Split('/')[0] : "";
        if (name.Length == 0)
        {
            throw new FormatException($"The Redis address names sentinels and no master behind a /, as in {SentinelShape}.");
        }
        sentinel.MasterName = Decode(name, "master's name");
    }

    private static bool IsSocket(string address) =>
        address.StartsWith("redis+unix://", StringComparison.OrdinalIgnoreCase)
        || address.StartsWith("unix://", StringComparison.OrdinalIgnoreCase);

    private static RedisEndPoint Socket(string path) =>
        !path.StartsWith('/') || path.Contains('\0', StringComparison.Ordinal)
            ? throw new FormatException($"The Redis address has no whole path of a Unix socket, as in {UnixShape}.")
        : Encoding.UTF8.GetByteCount(path) > LongestPath
            ? throw new FormatException($"The path of the Unix socket in the Redis address has more than {LongestPath} bytes.")
        : new(path, 0);

    private static void ReadQuery(string query, RedisOptions options, bool isSocket)
    {
        foreach (var pair in query.Split('&'))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var value = pair[(equals + 1)..];
            switch (equals < 0 ? "" : pair[..equals], options.Sentinel)
            {
                case ("prefix", _) when !value.Contains('#', StringComparison.Ordinal):
                    options.Prefix = Decode(value, "prefix");
                    break;
                case ("db", _) when isSocket:
                    options.Database = Database(value);
                    break;
                case ("addresses", _) when value == "contact":
                    options.AnnouncedHosts = RedisAnnouncedHosts.ContactPoint;
                    break;
                case ("addresses", _):
                    throw new FormatException("The addresses in the query of a Redis address are contact, or not set.");
                case ("sentinelUser", { } sentinel):
                    sentinel.User = Decode(value, "sentinels' user");
                    break;
                case ("sentinelPassword", { } sentinel):
                    sentinel.Password = Decode(value, "sentinels' password");
                    break;
                default:
                    throw new FormatException(
                        isSocket ? $"The query of a Redis address with a Unix socket has db and prefix alone, as in {UnixShape}."
                        : options.Sentinel is null ? $"The query of a Redis address has prefix and addresses alone, as in {Shape}."
                        : "The query of a Redis address with sentinels has prefix, addresses, sentinelUser and sentinelPassword alone."
                    );
            }
        }
    }

    private static int Database(string text) =>
        text.Length == 0 ? 0
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new FormatException("The database behind the / of the Redis address is not a number.");
}
