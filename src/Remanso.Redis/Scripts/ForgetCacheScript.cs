using Remanso.Redis.Resp;

namespace Remanso.Redis.Scripts;

/// <summary>Forgets a cache that nobody has noted since.</summary>
internal static class ForgetCacheScript
{
    private static readonly RedisScript _script = ScriptText.LoadAlone("forget-cache");

    /// <param name="client">The client.</param>
    /// <param name="list">The key of the list.</param>
    /// <param name="cache">The name.</param>
    /// <param name="noted">When it was noted last, as <see cref="ListCachesScript"/> told.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <returns>1, or 0 where somebody has.</returns>
    public static ValueTask<long> RunAsync(
        IRedisClient client,
        string list,
        string cache,
        string noted,
        CancellationToken cancellationToken
    ) => client.EvalAsync(_script, Replies.Int64, [list], [cache, noted], cancellationToken);
}
