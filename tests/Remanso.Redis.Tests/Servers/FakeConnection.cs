using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Remanso.Redis.Tests.Servers;

/// <summary>One client's connection to a <see cref="FakeRedis"/>.</summary>
internal sealed class FakeConnection(Socket socket)
{
    private readonly NetworkStream _stream = new(socket, ownsSocket: true);
    private readonly StreamReader _reader = new(new NetworkStream(socket), Encoding.Latin1);

    /// <summary>Whether nothing more is answered.</summary>
    public bool IsSilent { get; set; }

    /// <summary>Sends raw bytes, one per character.</summary>
    public async Task SendAsync(string raw) => await _stream.WriteAsync(Encoding.Latin1.GetBytes(raw));

    public void Break() => socket.Dispose();

    /// <summary>The next command; null when the client has gone.</summary>
    public async Task<string[]?> ReceiveAsync()
    {
        if (await _reader.ReadLineAsync() is not ['*', .. var count])
        {
            return null;
        }
        var command = new string[int.Parse(count, CultureInfo.InvariantCulture)];
        for (var i = 0; i < command.Length; i++)
        {
            var length = int.Parse((await _reader.ReadLineAsync())![1..], CultureInfo.InvariantCulture);
            var argument = new char[length + 2];
            await _reader.ReadBlockAsync(argument);
            command[i] = new(argument, 0, length);
        }
        return command;
    }
}
