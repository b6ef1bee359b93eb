using System.Net;
using System.Net.Sockets;
using Remanso.Redis.Resp;
using Remanso.Redis.Resp.Protocol;

namespace Remanso.Simulation.Redis;

/// <summary>A connection that blocks until the answer is there: so the moment of a command is that of its event.</summary>
internal sealed class RedisSocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private RespScanner _scanner = new(RespLimits.Default);
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;

    public RedisSocket(int port, string user, string password)
    {
        _socket.ReceiveTimeout = 20_000;
        _socket.Connect(IPAddress.Loopback, port);
        Ask("HELLO", 3, "AUTH", user, password);
    }

    /// <summary>A command's bytes.</summary>
    public static byte[] Encode(params ReadOnlySpan<RespArg> command)
    {
        var writer = new RespWriter(Array.MaxLength);
        writer.Write(command);
        var bytes = writer.Written.ToArray();
        writer.Release();
        return bytes;
    }

    /// <summary>Sends a command and waits for its reply, which is valid until the next one.</summary>
    /// <exception cref="RedisServerException">It was refused.</exception>
    public RespReader Ask(params ReadOnlySpan<RespArg> command)
    {
        Send(Encode(command));
        var reply = new RespReader(Next());
        return reply.IsError ? throw reply.ReadError() : reply;
    }

    public void Send(byte[] command)
    {
        var sent = 0;
        while (sent < command.Length)
        {
            sent += _socket.Send(command.AsSpan(sent));
        }
    }

    /// <summary>What the server says next, valid until the call after this one.</summary>
    public ReadOnlySpan<byte> Next()
    {
        if (_start == _end)
        {
            (_start, _end) = (0, 0);
        }

        int length;
        while ((length = _scanner.Scan(_buffer.AsSpan(_start, _end - _start))) == 0)
        {
            if (_end == _buffer.Length)
            {
                var larger = new byte[2 * _buffer.Length];
                _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
                (_buffer, _end, _start) = (larger, _end - _start, 0);
            }

            var received = _socket.Receive(_buffer.AsSpan(_end));
            _end += received > 0 ? received : throw new IOException("redis-server has closed the connection.");
        }

        _start += length;
        return _buffer.AsSpan(_start - length, length);
    }

    public void Dispose() => _socket.Dispose();
}
