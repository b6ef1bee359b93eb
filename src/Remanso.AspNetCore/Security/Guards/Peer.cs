using System.Net;
using Microsoft.Extensions.Primitives;

namespace Remanso.AspNetCore.Security.Guards;

/// <summary>Where a request comes from.</summary>
internal static class Peer
{
    /// <summary>
    /// Whether it comes from the same machine, and from there itself: what a proxy on this machine passes on may come from
    /// anywhere. A request
    /// without an address came over a Unix socket.
    /// </summary>
    public static bool IsLocal(HttpContext context)
    {
        if (context.Connection.RemoteIpAddress is { } address && !IPAddress.IsLoopback(address))
        {
            return false;
        }

        var headers = context.Request.Headers;
        if (headers.Count == Harmless(headers))
        {
            return true;
        }

        foreach (var header in headers)
        {
            if (IsForwarding(header.Key))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The address as logs name it.</summary>
    public static string Name(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "local";

    // How many of those are there that most requests have, and no others: to go over all of them costs an enumerator.
    private static int Harmless(IHeaderDictionary headers) =>
        Have(headers.Host)
        + Have(headers.UserAgent)
        + Have(headers.Accept)
        + Have(headers.AcceptEncoding)
        + Have(headers.Connection)
        + Have(headers.ContentType)
        + Have(headers.TraceParent)
        + (headers.ContentLength is null ? 0 : 1);

    private static int Have(StringValues values) => values.Count > 0 ? 1 : 0;

    // ASP.NET Core's own middleware takes X-Forwarded-… away where it has used it, and leaves X-Original-….
    private static bool IsForwarding(string header) =>
        header.Equals("Forwarded", StringComparison.OrdinalIgnoreCase)
        || header.Equals("Via", StringComparison.OrdinalIgnoreCase)
        || header.Equals("X-Real-IP", StringComparison.OrdinalIgnoreCase)
        || header.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
        || header.StartsWith("X-Original-", StringComparison.OrdinalIgnoreCase);
}
