using System.Globalization;

namespace Remanso.Redis.Resp.Options;

/// <summary>Reads a Redis address. Errors name the part that is wrong and never show what stands before the
/// @.</summary>
internal static class RedisAddress
{
    private const string Shape = "redis://[user:password@]host:port[,host:port…][/db][?prefix=NAME]";

    public static RedisOptions Parse(string address)
    {
        ArgumentNullException.ThrowIfNull(address);
        var options = new RedisOptions();
        string rest;
        if (address.StartsWith("redis://", StringComparison.OrdinalIgnoreCase))
        {
            rest = address["redis://".Length..];
        }
        else if (address.StartsWith("rediss://", StringComparison.OrdinalIgnoreCase))
        {
            rest = address["rediss://".Length..];
            options.Tls = new();
        }
        else
        {
            throw new FormatException($"A Redis address starts with redis:// or rediss://, as in {Shape}.");
        }

        // The last @, for a password may hold one unescaped.
        var at = rest.LastIndexOf('@');
        if (at >= 0)
        {
            (options.User, options.Password) = Credentials(rest[..at]);
            rest = rest[(at + 1)..];
        }
        var query = rest.IndexOf('?', StringComparison.Ordinal);
        if (query >= 0)
        {
            options.Prefix = Prefix(rest[(query + 1)..]);
            rest = rest[..query];
        }
        if (rest.Contains('#', StringComparison.Ordinal))
        {
            throw new FormatException($"A Redis address has no fragment: {Shape}.");
        }
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            options.Database = Database(rest[(slash + 1)..]);
            rest = rest[..slash];
        }
        foreach (var host in rest.Split(','))
        {
            options.EndPoints.Add(EndPoint(host));
        }
        return options;
    }

    public static RedisEndPoint EndPoint(string text)
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
            return new(host, RedisEndPoint.DefaultPort);
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

    private static string Prefix(string query)
    {
        const string name = "prefix=";
        if (!query.StartsWith(name, StringComparison.Ordinal) || query.AsSpan().ContainsAny('&', '#'))
        {
            throw new FormatException($"The query of a Redis address has the prefix alone, as in {Shape}.");
        }
        return Decode(query[name.Length..], "prefix");
    }

    private static int Database(string text) =>
        text.Length == 0 ? 0
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new FormatException("The database behind the / of the Redis address is not a number.");
}
