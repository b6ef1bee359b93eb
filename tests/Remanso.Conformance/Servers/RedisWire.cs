using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Remanso.Conformance.Servers;

// A process for each of some thousand questions takes a tenth of a run.

/// <summary>Commands for a Redis on this machine, by RESP2 on a connection of their own, and the reply as redis-cli prints it:
/// the tests' second opinion.</summary>
public static class RedisWire
{
    /// <summary>Asks as the administrator of our own servers.</summary>
    public static Task<string> AskAsync(IPEndPoint server, params IReadOnlyList<string> command) =>
        AskAsync(server, RedisProcess.Admin, RedisProcess.Admin, command);

    /// <summary>Asks as a user.</summary>
    /// <exception cref="InvalidOperationException">There was no answer.</exception>
    public static Task<string> AskAsync(IPEndPoint server, string user, string password, IReadOnlyList<string> command) =>
        AskInTurnAsync(server, ["AUTH", user, password], command);

    /// <summary>Asks the node of a cluster that the command is for, as the administrator.</summary>
    /// <param name="server">Any of its nodes.</param>
    /// <param name="command">The command.</param>
    internal static async Task<string> FollowAsync(IPEndPoint server, IReadOnlyList<string> command)
    {
        string[] signIn = ["AUTH", RedisProcess.Admin, RedisProcess.Admin];
        var reply = await AskInTurnAsync(server, signIn, command);
        while (reply.Split(' ') is [("MOVED" or "ASK") and var kind, _, var other])
        {
            var there = IPEndPoint.Parse(other);
            reply = await (kind == "ASK" ? AskInTurnAsync(there, signIn, ["ASKING"], command) : AskInTurnAsync(there, signIn, command));
        }

        return reply;
    }

    /// <summary>Sends commands on one connection: the reply to the last one, or to the first that is refused.</summary>
    private static async Task<string> AskInTurnAsync(IPEndPoint server, params IReadOnlyList<string>[] commands)
    {
        try
        {
            using var socket = new TcpClient { NoDelay = true };
            await socket.ConnectAsync(server);
            using var replies = new StreamReader(socket.GetStream(), Encoding.Latin1);
            await socket.GetStream().WriteAsync(Encoding.UTF8.GetBytes(string.Concat(commands.Select(TextOf))));
            var reply = "OK";
            for (var i = 0; i < commands.Length && reply == "OK"; i++)
            {
                reply = await ReadAsync(replies);
            }

            return Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(reply.TrimEnd()));
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            throw new InvalidOperationException($"Redis at {server} did not answer to {commands[^1][0]}: {exception.Message}", exception);
        }
    }

    private static string TextOf(IReadOnlyList<string> command) =>
        string.Concat(command.Select(static word => $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n").Prepend($"*{command.Count}\r\n"));

    private static async Task<string> ReadAsync(StreamReader replies)
    {
        var line = await replies.ReadLineAsync() ?? throw new EndOfStreamException();
        if (line[0] is '+' or '-' or ':')
        {
            return line[1..];
        }

        var length = int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture);
        if (line[0] == '*')
        {
            var items = new List<string>();
            for (var i = 0; i < length; i++)
            {
                items.Add(await ReadAsync(replies));
            }

            return string.Join('\n', items);
        }

        if (length < 0)
        {
            return string.Empty;
        }

        var bytes = new char[length + 2];
        return await replies.ReadBlockAsync(bytes) == bytes.Length ? new string(bytes, 0, length) : throw new EndOfStreamException();
    }
}
