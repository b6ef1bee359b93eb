using System.Globalization;
using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>Puts in force what all processes of a cache must agree on.</summary>
internal static class PutInForceScript
{
    private static readonly RedisScript _script = ScriptText.LoadAlone("put-in-force");

    private static readonly ReplyParser<bool> _parser = static (ref reply) => reply.ReadInt64() == 1;

    /// <param name="client">The client.</param>
    /// <param name="keys">The cache.</param>
    /// <param name="seen">What was in force.</param>
    /// <param name="turn">The turn of what is to be.</param>
    /// <param name="told">What its store tells.</param>
    /// <param name="fields">That, fields and values in pairs.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>Whether it is now: false where what was seen is not in force any more.</returns>
    public static ValueTask<bool> RunAsync(
        IRedisClient client,
        CacheKeys keys,
        InForce seen,
        long turn,
        string told,
        string[] fields,
        CancellationToken cancellationToken
    ) =>
        client.EvalAsync(
            _script,
            _parser,
            [keys.Meta],
            [Text(seen.Turn), seen.Mode, seen.Store, Text(turn), told, .. fields.Select(static field => (RespArg)field)],
            cancellationToken
        );

    private static string Text(long turn) => turn.ToString(CultureInfo.InvariantCulture);
}
