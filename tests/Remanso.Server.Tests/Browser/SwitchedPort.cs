using System.Net.Sockets;

namespace Remanso.Server.Tests.Browser;

/// <summary>A port whose connections lead to one server, and after a switch to another: what a name does that leads to
/// another address all at once.</summary>
internal sealed class SwitchedPort : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private volatile int _target;

    public SwitchedPort(int target)
    {
        _target = target;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void SwitchTo(int target) => _target = target;

    public void Dispose() => _listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = ForwardAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private async Task ForwardAsync(TcpClient incoming)
    {
        using (incoming)
        using (var outgoing = new TcpClient())
        {
            try
            {
                var first = new byte[64 << 10];
                var length = await incoming.GetStream().ReadAsync(first);
                var target = _target;
                await outgoing.ConnectAsync(IPAddress.Loopback, target);
                await outgoing.GetStream().WriteAsync(first.AsMemory(0, length));
                await Task.WhenAny(
                    SendAsync(incoming.GetStream(), outgoing.GetStream(), target),
                    outgoing.GetStream().CopyToAsync(incoming.GetStream())
                );
            }
            catch (Exception exception) when (exception is IOException or SocketException)
            {
                // One of the two has gone.
            }
        }
    }

    // Until the switch: a browser that kept a connection asks the former address no more, and opens another one.
    private async Task SendAsync(NetworkStream from, NetworkStream to, int target)
    {
        var buffer = new byte[64 << 10];
        while (await from.ReadAsync(buffer) is > 0 and var length && _target == target)
        {
            await to.WriteAsync(buffer.AsMemory(0, length));
        }
    }
}
