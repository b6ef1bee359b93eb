namespace Remanso.Client.Http;

/// <summary>The client's own connections.</summary>
internal static class Connections
{
    // A server moves: names are looked up again now and then.
    private static readonly TimeSpan _lifetime = TimeSpan.FromMinutes(2);

    public static HttpClient Create()
    {
        var handler = new SocketsHttpHandler();
        Set(handler);
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    public static void Set(SocketsHttpHandler handler)
    {
        handler.PooledConnectionLifetime = _lifetime;
        handler.ConnectTimeout = TimeSpan.FromSeconds(10);

        // The API never redirects; who does is somebody else, and should not get values.
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;
    }
}
