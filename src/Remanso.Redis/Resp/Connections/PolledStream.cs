using System.Net.Sockets;

namespace Remanso.Redis.Resp.Connections;

// Writes are as in the base class, asynchronous.

/// <summary>A socket whose reads block their thread in the kernel alone. The platform's own wait for data goes through
/// the thread pool, also where a thread of its own reads: then nothing could be read while the pool has no thread to
/// give.</summary>
internal sealed class PolledStream : NetworkStream
{
    // Not for ever: where shutting the socket down should not end the wait, this does.
    private static readonly TimeSpan _longestWait = TimeSpan.FromSeconds(1);

    public PolledStream(Socket socket)
        : base(socket, ownsSocket: true)
    {
        socket.Blocking = false;
    }

    public override int Read(Span<byte> buffer)
    {
        while (true)
        {
            var count = Socket.Receive(buffer, SocketFlags.None, out var error);
            switch (error)
            {
                case SocketError.Success:
                    return count;
                case SocketError.WouldBlock:
                    Socket.Poll(_longestWait, SelectMode.SelectRead);
                    break;
                default:
                    throw new IOException(new SocketException((int)error).Message, new SocketException((int)error));
            }
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
}
