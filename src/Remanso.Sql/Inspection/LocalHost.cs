using System.Net;

namespace Remanso.Sql.Inspection;

/// <summary>Which names of hosts lead nowhere but to this machine.</summary>
internal static class LocalHost
{
    /// <summary>Whether it is a socket in the file system, the name <c>localhost</c> or an address of the loopback.</summary>
    public static bool Is(string host) =>
        host.StartsWith('/')
        || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
