namespace Remanso.Redis.Resp;

/// <summary>Sends a command and parses its reply.</summary>
internal interface ICommandSender
{
    /// <summary>Sends one command. Nothing is allocated for it in a steady state; the arguments are a span on the
    /// stack.</summary>
    /// <typeparam name="T">What the reply becomes.</typeparam>
    /// <param name="route">Where it goes.</param>
    /// <param name="parser">Reads the reply; a static lambda, see <see cref="ReplyParser{T}"/>.</param>
    /// <param name="cancellation">Ends the waiting at once. Whether the command runs all the same is then unknown,
    /// unless it was not sent yet: then it never is.</param>
    /// <param name="arguments">The command's name, and its arguments. Bytes must not change until it has
    /// completed.</param>
    /// <returns>To be awaited once.</returns>
    /// <exception cref="RedisServerException">The server answered with an error.</exception>
    /// <exception cref="RedisConnectionException">No connection, or it was lost before the answer.</exception>
    /// <exception cref="RedisTimeoutException">No answer in time.</exception>
    /// <exception cref="InvalidDataException">The answer has another shape than the parser expects.</exception>
    ValueTask<T> ExecuteAsync<T>(
        RedisRoute route,
        ReplyParser<T> parser,
        CancellationToken cancellation,
        params ReadOnlySpan<RespArg> arguments
    );
}
