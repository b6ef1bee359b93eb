using System.Net;

namespace Remanso.Client.Http;

/// <summary>The environment's proxy, for what lies elsewhere: a server on this machine is not behind it, and the key of a
/// call to it would travel there.</summary>
internal sealed class ProxyForOthers : IWebProxy
{
    public ICredentials? Credentials
    {
        get => HttpClient.DefaultProxy.Credentials;
        set => throw new NotSupportedException("They are the environment's.");
    }

    public Uri? GetProxy(Uri destination) => HttpClient.DefaultProxy.GetProxy(destination);

    public bool IsBypassed(Uri host) => host.IsLoopback || HttpClient.DefaultProxy.IsBypassed(host);
}
