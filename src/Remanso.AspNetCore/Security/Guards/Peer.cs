using System.Net;

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

        foreach (var header in context.Request.Headers)
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

    private static bool IsForwarding(string header) =>
        header.Equals("Forwarded", StringComparison.OrdinalIgnoreCase)
        || header.Equals("Via", StringComparison.OrdinalIgnoreCase)
        || header.Equals("X-Real-IP", StringComparison.OrdinalIgnoreCase)
        || header.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase);
}
