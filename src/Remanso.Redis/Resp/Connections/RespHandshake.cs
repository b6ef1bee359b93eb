namespace Remanso.Redis.Resp.Connections;

/// <summary>What is said on a new connection before anything else: protocol, identity, name, database.</summary>
internal static class RespHandshake
{
    /// <summary>Reads the answer to HELLO.</summary>
    public static readonly ReplyParser<ServerGreeting> Greeting = static (ref reply) =>
    {
        string version = "",
            mode = "",
            role = "";
        for (var left = reply.ReadMapHeader(); left > 0; left--)
        {
            switch (reply.ReadString())
            {
                case "version":
                    version = reply.ReadString() ?? "";
                    break;
                case "mode":
                    mode = reply.ReadString() ?? "";
                    break;
                case "role":
                    role = reply.ReadString() ?? "";
                    break;
                default:
                    reply.Skip();
                    break;
            }
        }
        // Who does not say what it is, is taken for a master: it says so at the first write if it is none.
        return new(version, mode is "cluster", !ServerRole.IsReplica(role));
    };

    /// <exception cref="RedisServerException">The server refuses: no RESP3, wrong password, no such
    /// database.</exception>
    public static async ValueTask<ServerGreeting> GreetAsync(
        RespConnection connection,
        RedisOptions options,
        RedisCredentials? credentials,
        CancellationToken cancellation
    )
    {
        var greeting = (credentials?.Password ?? options.Password) is { } password
            ? Send(
                connection,
                Greeting,
                cancellation,
                "HELLO",
                3,
                "AUTH",
                credentials?.User ?? options.User ?? "default",
                password,
                "SETNAME",
                options.ClientName
            )
            : Send(connection, Greeting, cancellation, "HELLO", 3, "SETNAME", options.ClientName);
        var server = await greeting.ConfigureAwait(false);
        if (options.Database != 0)
        {
            await Send(connection, Replies.Done, cancellation, "SELECT", options.Database).ConfigureAwait(false);
        }
        return server;
    }

    /// <summary>What tells a server's process from all others; null where it does not say.</summary>
    /// <exception cref="RedisConnectionException">The connection was lost.</exception>
    public static async ValueTask<string?> RunIdAsync(RespConnection connection, CancellationToken cancellation)
    {
        try
        {
            return RedisSettings.RunId(await Send(connection, Replies.Text, cancellation, "INFO", "server").ConfigureAwait(false));
        }
        catch (Exception error) when (error is RedisServerException or InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Sends a command past all routing: on a connection that nobody else uses yet, or by a gate.</summary>
    public static ValueTask<T> Send<T>(
        RespConnection connection,
        ReplyParser<T> parser,
        CancellationToken cancellation,
        params ReadOnlySpan<RespArg> arguments
    )
    {
        var command = RespCommand<T>.Rent(parser);
        command.Append(arguments);
        // The token carries the connect time-out.
        command.Arm(RespCommand.NoDeadline, cancellation);
        var task = command.Task;
        return connection.TrySubmit(command)
            ? task
            : throw new RedisConnectionException("The connection to Redis was lost during its greeting.", mayHaveRun: false);
    }
}
