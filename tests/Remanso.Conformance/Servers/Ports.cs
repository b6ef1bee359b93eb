using System.Net;
using System.Net.Sockets;

namespace Remanso.Conformance.Servers;

/// <summary>Ports for servers that have to be told theirs.</summary>
public static class Ports
{
    // Below those that the system gives to outgoing connections, by its defaults: one of these could take it before the server does.
    private const int First = 10_000;
    private const int FirstOfTheSystem = 32_768;

    /// <summary>A loopback port that nobody listened on a moment ago. With <paramref name="alsoFreeAt"/>, the port that
    /// far above it is free too (a cluster's bus).</summary>
    public static int Free(int alsoFreeAt = 0)
    {
        while (true)
        {
            var port = Random.Shared.Next(First, FirstOfTheSystem - alsoFreeAt);
            if (IsFree(port) && IsFree(port + alsoFreeAt))
            {
                return port;
            }
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
