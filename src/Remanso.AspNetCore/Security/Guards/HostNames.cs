using System.Collections.Frozen;
using System.Net;
using Microsoft.AspNetCore.Http.Features;

namespace Remanso.AspNetCore.Security.Guards;

/// <summary>
/// The host names that are served. A page whose own name leads to this machine (DNS rebinding) is of the same origin as the API
/// for a browser;
/// only the name in its requests gives it away.
/// </summary>
internal sealed class HostNames
{
    private const string Any = "*";

    private readonly FrozenSet<string> _names;
    private readonly string[] _domains;
    private readonly bool _any;

    // The last host that is served wherever its request arrived: clients name the same one again and again, and to take it apart
    // costs as much as the rest of the gate.
    private string? _last;

    /// <param name="names">Names beside those of this machine itself: <c>cache.example.com</c>, <c>*.example.com</c>, or <c>*</c>
    /// for any.</param>
    public HostNames(IEnumerable<string> names)
    {
        string[] all = [.. names];
        _any = all.Contains(Any);
        _domains = [.. all.Where(static name => name.StartsWith("*.", StringComparison.Ordinal)).Select(static name => name[1..])];
        _names = all.ToFrozenSet(StringComparer.OrdinalIgnoreCase);
    }

    /// <summary>Whether it can be the name of a request: one with a scheme or a port never would.</summary>
    public static bool IsName(string name) =>
        name is Any || Uri.CheckHostName(name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name) != UriHostNameType.Unknown;

    /// <summary>Whether a request names a host that is served: in its field, and in its target where that is absolute.</summary>
    public bool Serves(HttpContext context)
    {
        if (_any)
        {
            return true;
        }

        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget;
        if (target is { Length: > 0 } && target[0] is not ('/' or '*'))
        {
            if (!Uri.TryCreate(target, UriKind.Absolute, out var uri) || !Serves(uri.Host, context.Connection.LocalIpAddress))
            {
                return false;
            }
        }

        // Without a name (HTTP/1.0) it is no browser.
        var host = context.Request.Host;
        if (!host.HasValue || string.Equals(host.Value, _last, StringComparison.Ordinal))
        {
            return true;
        }

        if (!Serves(host.Host, arrivedAt: null))
        {
            return Serves(host.Host, context.Connection.LocalIpAddress);
        }

        _last = host.Value;
        return true;
    }

    private bool Serves(string name, IPAddress? arrivedAt)
    {
        if (name is "localhost" || _names.Contains(name))
        {
            return true;
        }

        if (IPAddress.TryParse(name, out var address))
        {
            // No page has an address of this machine for its name unless this machine served it: the address that the request
            // arrived at will do.
            return IPAddress.IsLoopback(address) || IsSame(address, arrivedAt);
        }

        foreach (var domain in _domains)
        {
            if (name.Length > domain.Length && name.EndsWith(domain, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsSame(IPAddress address, IPAddress? other) =>
        other is not null && (address.Equals(other) || (other.IsIPv4MappedToIPv6 && address.Equals(other.MapToIPv4())));
}
