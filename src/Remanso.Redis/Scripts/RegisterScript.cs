using Remanso.Redis.Resp;
using Remanso.Redis.Tier;
using Remanso.Tiers;

namespace Remanso.Redis.Scripts;

/// <summary>Notes that a process is there, or that it has ended.</summary>
internal static class RegisterScript
{
    private static readonly RedisScript _script = ScriptText.LoadAlone("register");

    /// <param name="client">The server.</param>
    /// <param name="keys">The cache.</param>
    /// <param name="process">Its identifier.</param>
    /// <param name="milliseconds">For how long it is remembered.</param>
    /// <param name="card">What it says of itself; empty: it has ended.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>How many are remembered.</returns>
    public static ValueTask<long> RunAsync(
        IRedisClient client,
        CacheKeys keys,
        string process,
        long milliseconds,
        string card,
        CancellationToken cancellationToken
    ) =>
        client.EvalAsync(
            _script,
            Replies.Int64,
            [keys.Processes],
            [process, milliseconds, card, RegisteredProcess.Most],
            cancellationToken
        );
}
