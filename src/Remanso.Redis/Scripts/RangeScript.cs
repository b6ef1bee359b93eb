using Remanso.Redis.Resp;

namespace Remanso.Redis.Scripts;

/// <summary>Reads the oldest entries of a stream, as many as have so many bytes together.</summary>
internal static class RangeScript
{
    private static readonly RedisScript _script = ScriptText.LoadAlone("range");

    /// <param name="client">The client.</param>
    /// <param name="parser">Reads what XRANGE answers.</param>
    /// <param name="stream">The stream.</param>
    /// <param name="from">From which on.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="bytes">With all that they have; one entry comes in any case.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>They, and whether the next one has too many bytes.</returns>
    public static ValueTask<(List<T> Read, bool IsCut)> RunAsync<T>(
        IRedisClient client,
        ReplyParser<List<T>> parser,
        string stream,
        string from,
        int count,
        long bytes,
        CancellationToken cancellationToken
    ) =>
        client.EvalAsync(
            _script,
            (ref RespReader reply) =>
            {
                reply.ReadArrayHeader();
                return (parser(ref reply), reply.ReadInt64() != 0);
            },
            [stream],
            [from, count, bytes],
            cancellationToken
        );
}
