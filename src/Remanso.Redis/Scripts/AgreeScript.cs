using Remanso.Redis.Resp;
using Remanso.Redis.Tier;

namespace Remanso.Redis.Scripts;

/// <summary>States what all processes of a cache must agree on, or reads it.</summary>
internal static class AgreeScript
{
    private static readonly RedisScript _script = ScriptText.LoadAlone("agree");

    private static readonly ReplyParser<InForce> _parser = static (ref reply) =>
    {
        var values = new string?[reply.ReadArrayHeader() - 3];
        var age = TimeSpan.FromMilliseconds(reply.ReadInt64());
        var turn = reply.ReadInt64();
        var told = reply.TryReadNull() ? null : reply.ReadString();
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = reply.TryReadNull() ? null : reply.ReadString();
        }

        return new(age, turn, values, told);
    };

    /// <param name="client">The client.</param>
    /// <param name="keys">The cache.</param>
    /// <param name="mayState">Whether to state what nobody has.</param>
    /// <param name="told">What the store tells.</param>
    /// <param name="fields">Fields and values, in pairs.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>What is in force.</returns>
    public static ValueTask<InForce> RunAsync(
        IRedisClient client,
        CacheKeys keys,
        bool mayState,
        string told,
        string[] fields,
        CancellationToken cancellationToken
    )
    {
        var arguments = new RespArg[fields.Length + 2];
        arguments[0] = mayState ? 1 : 0;
        arguments[1] = told;
        for (var i = 0; i < fields.Length; i++)
        {
            arguments[i + 2] = fields[i];
        }

        return client.EvalAsync(_script, _parser, [keys.Meta], arguments, cancellationToken);
    }
}
