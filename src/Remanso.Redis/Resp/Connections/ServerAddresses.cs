using System.Net;
using System.Net.Sockets;
using Remanso.Common;

namespace Remanso.Redis.Resp.Connections;

// A name may stand for several servers (a headless service), and for another one tomorrow (a fail-over by DNS). So it is
// resolved for each connection. Attempts begin with another address each time.

/// <summary>The addresses behind one host, and which of them is connected to.</summary>
internal sealed class ServerAddresses(RedisEndPoint endPoint, RedisOptions options, TimeProvider time)
{
    private volatile IReadOnlyList<IPAddress> _known = [];
    private IPAddress? _last;
    private IPAddress? _only;
    private bool _isLeft;

    /// <summary>Whether the host may stand for another server later.</summary>
    public bool MayMove { get; } = !endPoint.IsUnixSocket && !IPAddress.TryParse(endPoint.Host, out _);

    /// <summary>What the name stood for when it was looked up last.</summary>
    public IReadOnlyList<IPAddress> Known => _known;

    /// <summary>The address connected to, or tried first.</summary>
    public IPAddress? Last => _last;

    /// <summary>Tries nothing but this address in the next attempt, if the name stands for it then.</summary>
    public void Insist(IPAddress address) => _only = address;

    /// <summary>Begins the next connection behind the address of this one: the server there is not the one wanted.</summary>
    public void Leave() => _isLeft = true;

    /// <summary>Begins the next connection where this one is.</summary>
    public void Stay() => _isLeft = false;

    /// <summary>Connects to the first address that answers.</summary>
    /// <param name="only">The one address that will do; null for any.</param>
    /// <param name="cancellation">Ends the attempts.</param>
    /// <exception cref="SocketException">None does, or the name is not known.</exception>
    public async Task<Socket> ConnectAsync(IPAddress? only, CancellationToken cancellation)
    {
        if (endPoint.IsUnixSocket)
        {
            return await OpenAsync(
                    new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified),
                    new UnixDomainSocketEndPoint(endPoint.Host),
                    cancellation
                )
                .ConfigureAwait(false);
        }
        var addresses = only is null ? await ResolveAsync(cancellation).ConfigureAwait(false) : [only];
        if (_only is { } wanted)
        {
            _only = null;
            addresses = addresses.Contains(wanted) ? [wanted] : addresses;
        }
        _last = addresses[0];
        Leave();
        var socket = await SocketRace.RunAsync(addresses, OpenAsync, time, cancellation).ConfigureAwait(false);
        _last = (socket.RemoteEndPoint as IPEndPoint)?.Address ?? _last;
        return socket;
    }

    /// <summary>What the name stands for now.</summary>
    /// <exception cref="SocketException">It is not known.</exception>
    public async Task<IReadOnlyList<IPAddress>> LookUpAsync(CancellationToken cancellation) =>
        await ResolveAsync(cancellation).ConfigureAwait(false);

    /// <summary>Connects to this address.</summary>
    /// <exception cref="SocketException">It does not answer.</exception>
    public async Task<Socket> OpenAsync(IPAddress address, CancellationToken cancellation)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        return await OpenAsync(socket, new IPEndPoint(address, endPoint.Port), cancellation).ConfigureAwait(false);
    }

    /// <summary>Whether the name stands for another server now than the one connected to, or for others beside it.</summary>
    public async Task<bool> HasOthersAsync(CancellationToken cancellation)
    {
        try
        {
            return MayMove && (await ResolveAsync(cancellation).ConfigureAwait(false)).Exists(address => !address.Equals(_last));
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task<List<IPAddress>> ResolveAsync(CancellationToken cancellation)
    {
        if (IPAddress.TryParse(endPoint.Host, out var address))
        {
            return [address];
        }
        // A look-up that has begun heeds no token on Linux, and may take longer than anything here.
        var lookup = options.Resolve(endPoint.Host, cancellation);
        lookup.Forget();
        // In an order of its own: a server of names that shuffles would have us come back to the same ones.
        var addresses = (await lookup.WaitAsync(cancellation).ConfigureAwait(false))
            .Distinct()
            .OrderByDescending(static address => address.AddressFamily == AddressFamily.InterNetwork)
            .ThenBy(static address => address.ToString(), StringComparer.Ordinal)
            .ToList();
        _known = addresses;
        var next = _last is null ? 0 : addresses.IndexOf(_last) + (_isLeft ? 1 : 0);
        next = Math.Clamp(next, 0, addresses.Count);
        return addresses is [] ? throw new SocketException((int)SocketError.HostNotFound) : [.. addresses[next..], .. addresses[..next]];
    }

    private static async Task<Socket> OpenAsync(Socket socket, EndPoint address, CancellationToken cancellation)
    {
        try
        {
            await socket.ConnectAsync(address, cancellation).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
